#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/files.h"
#include "io/quoted.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"
#include "io/shape.h"

namespace gpst {
namespace {

uint64_t bytes_of(const TensorSpec& tensor) {
  return static_cast<uint64_t>(checked_bytes(tensor.shape, dtype_size(tensor.dtype)).value());
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::string& path, std::vector<TensorSpec> tensors,
                                     const Metadata& metadata)
    : tensors_(std::move(tensors)) {
  const std::string header = format_safetensors_header(tensors_, metadata);
  file_ = std::make_unique<AtomicFile>(path);
  file_->write(header);
  if (!tensors_.empty()) remaining_ = bytes_of(tensors_[0]);
}

SafetensorsWriter::~SafetensorsWriter() = default;
SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&&) noexcept = default;

void SafetensorsWriter::write(std::string_view name, std::span<const std::byte> bytes) {
  while (remaining_ == 0 && current_ < tensors_.size() && tensors_[current_].name != name) {
    next_tensor();
  }
  if (current_ == tensors_.size() || tensors_[current_].name != name) {
    throw std::logic_error(
        fmt::format("safetensors: tensor {} is not the next one to write", quote_name(name)));
  }
  if (bytes.size() > remaining_) {
    throw std::logic_error(fmt::format("safetensors: tensor {}: {} bytes written, {} are missing",
                                       quote_name(name), bytes.size(), remaining_));
  }
  file_->write(bytes);
  remaining_ -= bytes.size();
}

void SafetensorsWriter::commit() {
  while (remaining_ == 0 && current_ < tensors_.size()) next_tensor();
  if (current_ < tensors_.size()) {
    throw std::logic_error(fmt::format("safetensors: tensor {}: {} bytes were not written",
                                       quote_name(tensors_[current_].name), remaining_));
  }
  file_->commit();
}

void SafetensorsWriter::next_tensor() {
  ++current_;
  remaining_ = current_ < tensors_.size() ? bytes_of(tensors_[current_]) : 0;
}

void write_safetensors(const std::string& path, const std::vector<NamedBytes>& tensors,
                       const Metadata& metadata) {
  std::vector<TensorSpec> specs;
  for (const NamedBytes& tensor : tensors) specs.push_back(tensor.spec);
  SafetensorsWriter writer(path, std::move(specs), metadata);
  for (const NamedBytes& tensor : tensors) writer.write(tensor.spec.name, tensor.bytes);
  writer.commit();
}

}  // namespace gpst
