"""The gallery of a store: pages that show a hundred thousand images, most striking first, and take a curator's marks.

One set of files, made by gallery_data, summary_page and gallery_page, serves both doors: gallery_folder writes them to
a folder that opens from the disk, gallery_server answers them over the live store. ``assets`` is what runs in the
browser: plain scripts, which ask for data by script tags, as a page from the disk may load nothing in another way.
"""
