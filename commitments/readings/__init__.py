"""THE ONE WAY OUT. Every figure and list that a page, the API, a file or a report shows is computed here.

A reading is a plain structure of strings, integers, booleans, lists and objects, as the API sends it. Dates are ISO
strings, texts are {"en", "zh", "ru"}.
"""
