// The directory of one process in procfs. Whatever is read through it is of that very process, also if its pid is given away meanwhile.
#pragma once

#include "freestanding.h"

class ProcessFiles {
 public:
  // `procfs` is a descriptor of the root of procfs.
  ProcessFiles(int procfs, uint32_t pid);

  // 0, or the errno for which the directory could not be opened: ENOENT where there is no such process.
  int error() const { return error_; }
  // Open where there is no error.
  int directory() const { return directory_.get(); }

  // Bytes read into `space` with one read(2), at most `limit`, or a negative errno. The files of a process that are one record, as stat and
  // cmdline, are given whole.
  int32_t readFile(const char* name, uint8_t* space, size_t limit) const;
  int32_t readLink(const char* name, uint8_t* space, size_t limit) const;

 private:
  Descriptor directory_;
  int error_;
};

// As ProcessFiles::readFile, of one file alone: quicker than through the directory.
int32_t readProcessFile(int procfs, uint32_t pid, const char* name, uint8_t* space, size_t limit);

// Opens a directory of a process for reading; a negative errno where that fails.
int openProcessDirectory(int procfs, uint32_t pid, const char* name);

// Opens the root of a procfs; a negative errno where that fails.
int openProcfs(const char* root);
