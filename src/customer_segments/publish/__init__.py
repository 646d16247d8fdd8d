"""Publishing the public tables to PostgreSQL, all of them or none.

`make publish` calls `publisher.publish()`. It needs psycopg 3, the extra `publish`.
"""

from customer_segments.publish.errors import PublishError

__all__ = ["PublishError"]
