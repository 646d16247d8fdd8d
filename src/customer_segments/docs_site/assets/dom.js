// Elements from values. Every text becomes a text node, so that none can be read as markup.
"use strict";

const dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  /** An element; attributes of null or false are left out, functions become listeners. */
  function element(name, attributes = {}, ...children) {
    return filled(document.createElement(name), attributes, children);
  }

  /** The same for SVG. */
  function shape(name, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
  }

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(name, value);
      else if (value !== null && value !== undefined && value !== false)
        node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null));
    return node;
  }

  /** Paragraphs of a description, with the markup that descriptions use: `code` and **bold**. */
  function prose(text) {
    return text
      .split(/\n\s*\n/)
      .filter((paragraph) => paragraph.trim())
      .map((paragraph) => element("p", {}, ...inline(paragraph)));
  }

  /** The pieces of one line of a description. */
  function inline(text) {
    return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece) => {
      if (/^`[^`]+`$/.test(piece)) return element("code", {}, piece.slice(1, -1));
      if (/^\*\*[^*]+\*\*$/.test(piece)) return element("strong", {}, piece.slice(2, -2));
      return piece;
    });
  }

  return { element, shape, prose, inline };
})();
