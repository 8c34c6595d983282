"""``gananomaly curate serve``: the gallery over the live store, on this computer."""

from __future__ import annotations

from pathlib import Path

import click

from GANAnomalyLib.cli.session import Session, standard_options


@click.command("serve", short_help="The gallery of a store in your browser; marks go into the store.")
@click.argument("store", metavar="STORE", type=click.Path(path_type=Path))
@click.option("--port", type=int, default=8765, show_default=True, help="0 for any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address that is listened at.")
@click.option("--public", is_flag=True, help="HOST may be one that others on the network reach.")
@click.option(
    "--by", type=click.Choice(["score", "checks"]), help="What ranks them.  [default: score, if there is one]"
)
@click.option("--open/--no-open", "opened", default=True, show_default=True, help="Open the browser.")
@standard_options
def command(session: Session, store: Path, port: int, host: str, public: bool, by: str | None, opened: bool) -> None:
    """Serve the gallery of a store until Ctrl-C: all pictures large, read from their sources when they are asked for,
    and marks kept in STORE/marks.csv, where other curators see them when they load the page again.

    It answers this computer alone, and whoever has the key in the address that is printed. While curate goes on, load
    the page again to see what is new.

    \b
    Example:
      gananomaly curate serve store
      ssh -L 8765:127.0.0.1:8765 cluster gananomaly curate serve /data/store --no-open

    Research use only.
    """
    from ...curate.gallery.gallery_server import GalleryServer
    from ...curate.gallery.live_gallery import LiveGallery

    with GalleryServer(LiveGallery(str(store), by), host, port, public) as server:
        if session.json:
            session.emit({"address": server.address})
        session.say(f"The gallery: {server.address}")
        session.say("Stop with Ctrl-C. Research use only, not a medical device.")
        if public:
            session.say("Whoever has this address can see the images, and it is not encrypted on its way.")
        if opened:
            import webbrowser

            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            session.say("Stopped; the marks are in the store.")
