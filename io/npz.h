// npz files: a zip of .npy arrays, as numpy writes them. Arrays may be stored or deflated, and the
// archive may be zip64. Object arrays (pickles), encrypted members, Fortran order, big-endian and
// structured types are refused; so is whatever does not fit together: sizes, checksums, offsets.
// Every fault of a file is an InputError that names the file and the array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/dtype.h"
#include "io/npy_header.h"

namespace gpst {

class ZipEntryReader;
class ZipIndex;
class ZipWriter;

// A whole array: row-major, little-endian.
struct NpyArray {
  NpyHeader header;
  std::vector<std::byte> bytes;
};

// The values as double: any floating or integer type but BF16 (int64 above 2^53 are rounded).
std::vector<double> to_float64(const NpyArray& array);

// Reads one array from front to back, so that an array larger than memory can be used. A row is one
// element of the first dimension: for samples uint8 [N,H,W,3], one picture.
class NpyRowReader {
 public:
  NpyRowReader(NpyRowReader&&) noexcept;
  ~NpyRowReader();

  const NpyHeader& header() const { return header_; }
  int64_t rows() const { return header_.shape.empty() ? 1 : header_.shape[0]; }
  int64_t rows_left() const { return rows_left_; }
  size_t row_bytes() const { return row_bytes_; }

  // Fills `out` with as many whole rows as fit and are left; returns how many. The checksum is
  // verified when the last row is read.
  int64_t read_rows(std::span<std::byte> out);

 private:
  friend class NpzReader;
  explicit NpyRowReader(std::unique_ptr<ZipEntryReader> entry);

  std::unique_ptr<ZipEntryReader> entry_;
  NpyHeader header_;
  size_t row_bytes_ = 0;
  int64_t rows_left_ = 0;
};

class NpzReader {
 public:
  // Reads the archive's directory only.
  static NpzReader open(const std::string& path);

  // Without ".npy", in the archive's order.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  const std::string& path() const { return path_; }
  // What the archive says about itself; "" for most.
  const std::string& comment() const;

  // InputError naming the arrays there are when `name` is not one of them.
  NpyHeader header(std::string_view name) const;
  NpyArray read(std::string_view name) const;
  NpyRowReader rows(std::string_view name) const;

 private:
  NpzReader() = default;
  std::unique_ptr<ZipEntryReader> open_entry(std::string_view name) const;

  std::string path_;
  std::shared_ptr<const ZipIndex> zip_;
  std::vector<std::string> names_;
};

struct NpzWriterOptions {
  // Sizes and offsets from here on are written as zip64. Lower only to try the zip64 form cheaply.
  uint64_t zip64_from = 0xFFFFFFFFu;
};

// Writes an npz that numpy.load reads, uncompressed and streamed; the file appears under its name
// only on commit(). Wrong use (too few or too many bytes, no array begun) is a std::logic_error.
class NpzWriter {
 public:
  explicit NpzWriter(const std::string& path, const NpzWriterOptions& options = {});
  ~NpzWriter();
  NpzWriter(NpzWriter&&) noexcept;

  // `name` without ".npy"; the shape must be known beforehand.
  void begin_array(std::string_view name, DType dtype, const std::vector<int64_t>& shape);
  void write(std::span<const std::byte> bytes);
  void end_array();
  // The comment of the archive, at most 65535 bytes; may be given at any time before commit().
  void set_comment(std::string_view text);
  void commit();

  // begin_array, write, end_array.
  void add(std::string_view name, DType dtype, const std::vector<int64_t>& shape,
           std::span<const std::byte> bytes);

 private:
  std::unique_ptr<ZipWriter> zip_;
};

}  // namespace gpst
