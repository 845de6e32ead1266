"""A page as PDF, in a process of its own: `python -m commitments.reports.pdf < page.html > page.pdf`.

WeasyPrint draws with Pango, which is not made for several threads, and a broken font can take its process down: so it runs
apart, with a cap on memory and time. It opens no address: everything that a page needs stands in the page. The bytes depend on
the page, the release of WeasyPrint and the fonts, and on nothing else (no date, no name of a machine).
"""

import gc
import resource
import sys

MEMORY = 3 * 1024**3  # bytes of address space; what is resident is a small part of it
SECONDS = 200


class NothingIsFetched(ValueError):
    pass


def _refuse(address: str, *_args: object, **_more: object) -> None:
    raise NothingIsFetched(address[:200])


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    from weasyprint import HTML  # after the limits: it loads Pango

    gc.disable()  # a third of the time went into looking for garbage in a process that ends with its page
    page = sys.stdin.buffer.read().decode()
    document = HTML(string=page, url_fetcher=_refuse)
    document.write_pdf(sys.stdout.buffer, pdf_variant="pdf/ua-1", pdf_tags=True, optimize_images=False)


if __name__ == "__main__":
    main()
