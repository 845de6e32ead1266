"""What a file is, by its content: PDF, PNG, JPEG, DOCX, XLSX or plain text. Names and declared types are not believed."""

import re
import struct
import zipfile
from io import BytesIO

LARGEST = 20 * 1024 * 1024  # bytes of a file
MOST_MEMBERS = 2000  # of an office document, which is a ZIP archive
LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes
MOST_PIXELS = 100_000_000

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/plain"
EXTENSIONS = {"pdf": PDF, "png": PNG, "jpg": JPEG, "jpeg": JPEG, "docx": DOCX, "xlsx": XLSX, "txt": TEXT}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class NotAccepted(ValueError):
    """A file that is not taken; `code` says why in one word: empty, too-large, type, archive, mismatch."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def media_type(name: str, content: bytes) -> str:
    """The type of a file whose name agrees with its content. Raises NotAccepted."""
    if not content:
        raise NotAccepted("empty")
    if len(content) > LARGEST:
        raise NotAccepted("too-large")
    claimed = EXTENSIONS.get(name.rsplit(".", 1)[-1].lower() if "." in name else "")
    if claimed is None:
        raise NotAccepted("type")
    found = _sniff(content)
    if found is None or found != claimed:
        raise NotAccepted("mismatch")
    return found


def _sniff(content: bytes) -> str | None:
    if content.startswith(b"%PDF-1.") or content.startswith(b"%PDF-2."):
        return PDF if b"%%EOF" in content[-2048:] else None
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) > 32:
        width, height = struct.unpack(">II", content[16:24])
        return PNG if 0 < width * height <= MOST_PIXELS else None
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG if content.rstrip(b"\x00")[-2:] == b"\xff\xd9" else None
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    start = text.lstrip()[:200].lower()
    if _CONTROLS.search(text) or start.startswith(("<!doctype", "<html", "<svg", "<?xml", "<script")):
        return None
    return TEXT


def _office(content: bytes) -> str | None:
    """Word or Excel without macros. Sizes are taken from the directory before anything is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return None
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > LARGEST_UNPACKED:
        raise NotAccepted("archive")
    names = {m.filename for m in members}
    unsafe = any(n.startswith("/") or ".." in n.split("/") or "\\" in n for n in names)
    encrypted = any(m.flag_bits & 1 for m in members)
    if unsafe or encrypted or any(n.lower().endswith("vbaproject.bin") for n in names):
        raise NotAccepted("archive")
    if "[Content_Types].xml" not in names:
        return None
    return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None


def clean_name(name: str) -> str:
    """A file's name as it may be shown and offered: letters, figures, blanks and . _ - ( ), 100 characters."""
    base = re.split(r"[\\/]", name)[-1]
    stem, dot, extension = base.rpartition(".")
    kept = re.sub(r"[^\w .()-]+", "_", stem if dot else base).strip(" .") or "file"
    return f"{kept[:90]}{dot}{re.sub(r'[^A-Za-z0-9]', '', extension)[:8]}" if dot else kept[:100]
