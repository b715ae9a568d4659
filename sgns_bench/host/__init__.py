"""The machine and the process: devices, folders, checksums, plugins, threads, progress."""
