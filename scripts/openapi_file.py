"""`python -m scripts.openapi_file`: writes schemas/openapi.json from the routes of the API.

A test holds the file to it.
"""

from pathlib import Path

from reconciler.web import FILE_NAME, document_text

FILE = Path(__file__).parents[1] / "schemas" / FILE_NAME

if __name__ == "__main__":
    FILE.write_text(document_text(), encoding="utf-8")
