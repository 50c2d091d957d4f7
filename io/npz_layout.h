// Where every byte of an npz lies, before any of its values is known: for files that are filled in
// any order, over several runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/dtype.h"
#include "io/npz.h"

namespace gpst {

struct ZipRecord;

struct NpzArraySpec {
  std::string name;  // without ".npy"
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
};

// The file that NpzWriter writes with these arrays and this comment, byte for byte:
//   head(0), data of array 0, head(1), data of array 1, ..., tail.
class NpzLayout {
 public:
  // std::logic_error for a comment longer than 65535 bytes.
  NpzLayout(std::vector<NpzArraySpec> arrays, std::string comment,
            const NpzWriterOptions& options = {});

  int64_t head_offset(size_t array) const { return places_[array].head; }
  int64_t data_offset(size_t array) const { return places_[array].data; }
  int64_t data_bytes(size_t array) const { return places_[array].bytes; }
  int64_t tail_offset() const { return tail_; }
  const std::string& comment() const { return comment_; }

  // What stands before the data of an array; `data_crc` is the CRC-32 of the data.
  std::string head(size_t array, uint32_t data_crc) const;
  // What ends the file; `data_crcs` of all arrays.
  std::string tail(std::span<const uint32_t> data_crcs) const;

 private:
  struct Place {
    int64_t head = 0, data = 0, bytes = 0;
    std::string npy_header = {};
  };

  ZipRecord member(size_t array, uint32_t data_crc) const;

  std::vector<NpzArraySpec> arrays_;
  std::string comment_;
  uint64_t zip64_from_;
  std::vector<Place> places_;
  int64_t tail_ = 0;
};

}  // namespace gpst
