"""Files: written whole or not at all, by one process at a time, told apart by hashes; a refusal is a sentence."""

from .growing_folder import growing, is_leftover, put_folder
from .hashes import hash_array, hash_file, hash_json, hash_text
from .locks import folder_lock, locked
from .refusals import disk_errors, is_denied, is_full
from .writing import beside, replace, whole, write_bytes, write_json, write_png, write_text, write_whole

__all__ = [
    "beside",
    "disk_errors",
    "folder_lock",
    "growing",
    "hash_array",
    "hash_file",
    "hash_json",
    "hash_text",
    "is_denied",
    "is_full",
    "is_leftover",
    "locked",
    "put_folder",
    "replace",
    "whole",
    "write_bytes",
    "write_json",
    "write_png",
    "write_text",
    "write_whole",
]
