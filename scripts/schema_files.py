"""`python -m scripts.schema_files`: writes the JSON Schemas of documents, as the words have them."""

from pathlib import Path

from reconciler.documents.reading.schema_files import SCHEMA_FILES
from reconciler.documents.words import DOCUMENTS
from reconciler.documents.words.schemas import schema_text
from reconciler.targets.registry import CHOICES

FOLDER = Path(__file__).parents[1] / "schemas"


def main() -> None:
    for kind, document in DOCUMENTS.items():
        (FOLDER / SCHEMA_FILES[kind]).write_text(schema_text(document, CHOICES), encoding="utf-8")


if __name__ == "__main__":
    main()
