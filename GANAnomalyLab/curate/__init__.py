"""Curation of a repository: every image scored and checked once, kept in a store, and asked in many ways.

One file an idea: options and source_files (what there is), read_image and cheap_checks (what an image is like),
model_scores (what a model says), row_schema and store (what is kept), curate_part (a task), cluster and run_curation
(who does them), then the answers, which read the store alone.
"""
