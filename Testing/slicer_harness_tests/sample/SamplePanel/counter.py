"""A part of the panel in a package beside the module file."""

from slicer.i18n import tr as _


class Counter:
    def __init__(self, ui):
        self.ui, self.count = ui, 0
        ui.countButton.connect("clicked(bool)", self.up)

    def up(self):
        self.count += 1
        self.ui.countButton.text = _("Count: {count}").format(count=self.count)

    def stop(self):
        self.ui.countButton.disconnect("clicked(bool)", self.up)
