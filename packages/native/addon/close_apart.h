// Closes descriptors whose close(2) may last: the last of a socket that lingers (SO_LINGER), and any of a file of FUSE or NFS.
#pragma once

// False while so many are still being closed that no more should be opened.
bool mayCloseApart();

// Closes it in a thread of its own.
void closeApart(int fd);
