"""Names that columns have in the wild, for each name of this project."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

SYNONYMS: dict[str, tuple[str, str]] = {
    "customer_id": (
        "custid customerno customernumber customerkey clientid userid memberid buyerid accountid"
        " accountno visitorid shopperid kundennummer kundennr kundenid idclient numeroclient"
        " idcliente",
        "customer client user buyer member account visitor email customeremail kunde cliente",
    ),
    "ordered_at": (
        "orderdate orderdatetime ordertime ordertimestamp orderpurchasetimestamp invoicedate"
        " purchasedate purchasedat transactiondate transactiontime saledate salesdate bestelldatum"
        " rechnungsdatum datecommande datedecommande fechapedido",
        "date datetime timestamp ts time createdat created datecreated datum fecha",
    ),
    "order_id": (
        "orderno ordernr ordernumber orderkey transid invoiceno invoicenr invoiceid invoicenumber"
        " transactionid transactionno purchaseid receiptid receiptno basketid bestellnummer"
        " rechnungsnummer idcommande numerocommande idpedido",
        "order invoice transaction receipt bestellung commande pedido",
    ),
    "line_id": (
        "rowid rowno lineid lineitemid orderlineid orderitemid recordid",
        "id row line index",
    ),
    "quantity": ("qty quantityordered units menge anzahl quantite cantidad", "pieces count"),
    "unit_price": (
        "priceperunit priceeach itemprice unitcost einzelpreis stuckpreis prixunitaire"
        " preciounitario",
        "price preis prix precio",
    ),
    "amount": (
        "total sales revenue totalamount amounttotal ordertotal orderamount ordervalue totalprice"
        " totalprices grandtotal linetotal lineamount netamount salesamount saleamount saleprice"
        " paymentvalue totalspent betrag umsatz gesamtbetrag montant importe",
        "value subtotal turnover payment paid spent",
    ),
    "currency": ("currencycode wahrung devise moneda", "curr"),
    "exchange_rate": ("fxrate currencyrate wechselkurs tauxdechange tipodecambio", "fx"),
    "status": (
        "orderstatus paymentstatus financialstatus transactionstatus bestellstatus",
        "statut",
    ),
    "is_return": ("isreturned isrefund returned returnflag", "return refund retoure"),
    "refunded_amount": (
        "refundamount amountrefunded returnedamount totalrefunded",
        "refunded refunds",
    ),
    "product_id": (
        "sku stockcode productcode productno itemcode itemid articleid articleno artikelnummer"
        " artikelnr idproduit idproducto",
        "product article artikel produit producto",
    ),
    "product_name": (
        "producttitle itemname itemdescription productdescription bezeichnung",
        "description title item designation descripcion",
    ),
    "category": (
        "productcategory categoryname productcategoryname itemcategory kategorie categorie"
        " categoria",
        "department productline",
    ),
    "country": (
        "countryname countrycode customercountry shipcountry shippingcountry billingcountry land"
        " pays pais",
        "nation",
    ),
    "channel": ("saleschannel orderchannel salechannel vertriebskanal canal kanal", "platform"),
    "occurred_at": (
        "eventtime eventdate eventtimestamp eventdatetime occurredon visittime visitdate viewedat"
        " clickedat accesstime searchdate",
        "timestamp ts datetime date time createdat created datum fecha",
    ),
    "session_id": ("usersession visitid sessionkey sessiontoken", "session visit"),
    "event_type": ("event eventname eventaction action", "type activity"),
    "item": (
        "itemid page pageurl pagepath url path productid contentid articleid adid",
        "product sku article content ad",
    ),
}
"""Of each name: what clearly means it, and what means it where nothing clearer is found."""

REQUIRED = {"orders": ("customer_id", "ordered_at"), "interactions": ("customer_id", "occurred_at")}
ORDER_NAMES = (
    "customer_id", "ordered_at", "order_id", "quantity", "unit_price", "amount", "line_id",
    "product_id", "product_name", "category", "country", "channel", "currency", "exchange_rate",
    "status", "is_return", "refunded_amount",
)  # fmt: skip
INTERACTION_NAMES = ("customer_id", "occurred_at", "session_id", "event_type", "item")
NAMES = {"orders": ORDER_NAMES, "interactions": INTERACTION_NAMES}
"""The names of docs/custom_sources.md, in the order in which columns are found for them."""

TIMES = ("ordered_at", "occurred_at")
NUMBERS = ("quantity", "unit_price", "amount", "exchange_rate", "refunded_amount")
IDS = ("customer_id", "order_id", "line_id", "session_id", "product_id")

SUREST, WEAKEST = 0, 2


def normalised(name: str) -> str:
    """Letters and digits of a name, in lower case and without accents.

    A part in brackets, as in `Amount (EUR)`, is left out.
    """
    name = re.sub(r"[(\[].*?[)\]]", "", name) or name
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def strength(name: str, column: str) -> int | None:
    """How clearly a column is called like a name: `SUREST` to `WEAKEST`, None for not at all.

    No name is surer for an amount than another: beside `amount`, `total` may be what counts.
    """
    text = normalised(column)
    if text == normalised(name):
        return SUREST if name != "amount" else SUREST + 1
    for tier, synonyms in enumerate(SYNONYMS[name], SUREST + 1):
        if text in synonyms.split():
            return tier
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """A question for the name that was probably meant; empty where none is near."""
    by_text = {normalised(other): other for other in known}
    found = difflib.get_close_matches(normalised(name), by_text, n=1, cutoff=0.5)
    return f" Did you mean {by_text[found[0]]}?" if found else ""
