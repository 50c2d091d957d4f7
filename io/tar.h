// tar archives, read in place and never extracted: a name with ".." in it is just a name.
// Understands ustar, PAX (path, size), GNU long names and base-256 sizes; header checksums are
// verified. The index is built once, on opening; members are then views into the mapped file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gpst {

class MappedFile;

struct TarEntry {
  std::string name;
  int64_t offset = 0;  // of the first data byte in the archive
  int64_t size = 0;
};

class TarReader {
 public:
  // InputError for a broken, cut or compressed archive, and for sparse members.
  explicit TarReader(const std::string& path);

  // Regular files, in the archive's order.
  const std::vector<TarEntry>& entries() const { return entries_; }
  // Names of symbolic and hard links: they carry no data and are not followed.
  const std::vector<std::string>& links() const { return links_; }
  const std::string& path() const { return path_; }

  // The bytes of an entry of this archive; they live as long as the reader or a copy of it.
  std::span<const std::byte> read(const TarEntry& entry) const;

 private:
  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  std::vector<TarEntry> entries_;
  std::vector<std::string> links_;
};

}  // namespace gpst
