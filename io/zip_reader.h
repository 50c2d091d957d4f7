// Reads one member of a zip archive from front to back. Internal to io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/zip_index.h"

namespace gpst {

// Stored or deflated bytes, inflated as they are asked for. When the last byte has been handed out,
// the size and the CRC-32 have been verified. InputError for data that does not fit either.
class ZipEntryReader {
 public:
  ZipEntryReader(std::shared_ptr<const ZipIndex> zip, const ZipEntry& entry);
  ~ZipEntryReader();

  uint64_t size() const;
  uint64_t remaining() const;
  // "archive.npz: 'arr_0.npy'", for messages.
  const std::string& where() const;

  // Fills `out`, or as much of it as the member still has; returns how many bytes.
  size_t read(std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gpst
