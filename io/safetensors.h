// safetensors files: eight bytes of header length, a JSON header, then the raw tensors.
//
// The reader is strict, because weights come from strangers: the header is at most 100 MB and UTF-8
// JSON without duplicate names, element types are known, shape products do not overflow, and the
// offsets tile the data exactly, from its first byte to the last byte of the file. Everything else
// is an InputError that names the file and the tensor. Nothing in such a file is ever executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/dtype.h"

namespace gpst {

class AtomicFile;
class MappedFile;

using Metadata = std::map<std::string, std::string>;

// A tensor inside a mapped file: row-major, little-endian. `bytes` need not be aligned, and lives
// as long as the SafetensorsFile (or a copy of it).
struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t elements() const;
};

class SafetensorsFile {
 public:
  // Maps the file and checks its header; tensors are not read until used. InputError for a broken
  // file; git-lfs pointers, PyTorch pickles, HTML pages and cut files are named as such.
  static SafetensorsFile open(const std::string& path);

  // In the order of their data in the file.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  const Metadata& metadata() const { return metadata_; }
  const std::string& path() const { return path_; }

  // nullptr when there is no such tensor.
  const TensorView* find(std::string_view name) const;
  // InputError naming the file and the nearest name when there is no such tensor.
  const TensorView& get(std::string_view name) const;

 private:
  SafetensorsFile() = default;

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  std::vector<TensorView> tensors_;
  std::map<std::string, size_t, std::less<>> index_;
  Metadata metadata_;
};

// The values as float32: exact for F32, F16 and BF16, rounded to nearest for F64. Other types are
// an InputError.
std::vector<float> to_float32(const TensorView& tensor);

// The values as int64: any integer type and BOOL. U64 values above the int64 range and floating
// types are an InputError.
std::vector<int64_t> to_int64(const TensorView& tensor);

struct TensorSpec {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
};

// Writes a file tensor by tensor without holding it in memory; it appears under its name only on
// commit(). The header is padded so that the data starts at a multiple of eight bytes.
class SafetensorsWriter {
 public:
  SafetensorsWriter(const std::string& path, std::vector<TensorSpec> tensors,
                    const Metadata& metadata = {});
  ~SafetensorsWriter();
  SafetensorsWriter(SafetensorsWriter&&) noexcept;

  // Appends bytes to tensor `name`. Tensors come in the declared order; one tensor may come in
  // several pieces. std::logic_error for another order or too many bytes.
  void write(std::string_view name, std::span<const std::byte> bytes);

  // Makes the file appear. std::logic_error when a tensor is incomplete.
  void commit();

 private:
  void next_tensor();

  std::unique_ptr<AtomicFile> file_;
  std::vector<TensorSpec> tensors_;
  size_t current_ = 0;      // tensor being written
  uint64_t remaining_ = 0;  // its bytes still to come
};

struct NamedBytes {
  TensorSpec spec;
  std::span<const std::byte> bytes;
};

// All tensors at once.
void write_safetensors(const std::string& path, const std::vector<NamedBytes>& tensors,
                       const Metadata& metadata = {});

}  // namespace gpst
