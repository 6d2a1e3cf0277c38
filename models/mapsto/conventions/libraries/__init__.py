"""One file a library, or a folder of files: each class states one convention, and is found by being here."""
