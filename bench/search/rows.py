"""A file of results, a CSV line per row, that grows: what it holds already is not measured again."""
import os
import re


class Rows:
    def __init__(self, path, pattern=""):
        """pattern: a regular expression; only rows whose key begins with a match are measured."""
        self.path, self.pattern = path, re.compile(pattern)
        self.known = open(path).read().splitlines() if os.path.exists(path) else []

    def measure(self, key, measurement):
        """key: the row's first columns; measurement: gives the others."""
        key = ",".join(map(str, key))
        if not self.pattern.match(key) or any(line.startswith(key + ",") for line in self.known):
            return
        with open(self.path, "a") as file:
            file.write(f"{key},{measurement()}\n")
