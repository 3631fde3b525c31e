"""The REST API under /api/v1/: other systems push facts and read cases with a key. The checks, the ledger and the reach are those of the pages.

A call goes through `door` (key, limit, one form of answer), then `reading` or `writing`; `site` puts the operations together, `reference` describes them.
"""
