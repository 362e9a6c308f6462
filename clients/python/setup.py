"""An installed copy is a package, so that it can say that it has types: PEP 561 wants a file py.typed, which a single file cannot hold."""

import os

from setuptools import setup
from setuptools.command.build_py import build_py


class WithTypes(build_py):
    def run(self):
        # `pip install --editable` leaves the file where it is.
        if getattr(self, "editable_mode", False):
            return super().run()
        package = os.path.join(self.build_lib, "quorate")
        self.mkpath(package)
        self.copy_file("quorate.py", os.path.join(package, "__init__.py"))
        with open(os.path.join(package, "py.typed"), "w", encoding="ascii"):
            pass


setup(cmdclass={"build_py": WithTypes})
