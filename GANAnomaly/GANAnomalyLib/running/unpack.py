"""The process that unpacks compressed DICOM images: ``python -m GANAnomalyLib.running.unpack``, a file's path a line.

It says "ready", then answers each path with a line "type rows columns" and the values, or with a line "failed".
Outside of ``volume`` because it must start quickly: it needs nothing of the engine.
"""

from __future__ import annotations

import os
import signal
import sys

_MOST_BYTES = 8 << 30
"""Of address space: what no image needs, but a hostile header asks for."""


def main() -> None:
    """Answer until the other side closes the pipe."""
    # The one who asks is told to stop by the same Ctrl+C, and then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import SimpleITK as sitk

    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    # Decoders may write to stdout, too: the answers get a pipe of their own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    answers.write(b"ready\n")
    answers.flush()
    for line in sys.stdin.buffer:
        try:
            reader = sitk.ImageFileReader()
            reader.SetImageIO("GDCMImageIO")
            reader.SetFileName(os.fsdecode(line.rstrip(b"\r\n")))
            values = sitk.GetArrayFromImage(reader.Execute())
            rows, columns = values.shape[-2:]
            data = values.reshape(rows, columns)
        except Exception:  # whatever is wrong with a hostile stream, the next one may be sound
            answers.write(b"failed\n")
        else:
            answers.write(f"{data.dtype.str} {rows} {columns}\n".encode("ascii"))
            answers.write(data.tobytes())
        answers.flush()


if __name__ == "__main__":
    main()
