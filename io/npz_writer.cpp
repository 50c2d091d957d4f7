#include <stdexcept>
#include <string>

#include "io/bytes.h"
#include "io/npz.h"
#include "io/zip_writer.h"

namespace gpst {

NpzWriter::NpzWriter(const std::string& path, const NpzWriterOptions& options)
    : zip_(std::make_unique<ZipWriter>(path, options.zip64_from)) {}
NpzWriter::~NpzWriter() = default;
NpzWriter::NpzWriter(NpzWriter&&) noexcept = default;

void NpzWriter::begin_array(std::string_view name, DType dtype, const std::vector<int64_t>& shape) {
  const std::string header = format_npy_header(dtype, shape);
  const uint64_t data_bytes = NpyHeader{dtype, shape, header.size()}.data_bytes();
  zip_->begin_entry(std::string(name) + ".npy", header.size() + data_bytes);
  zip_->write(as_byte_span(header));
}

void NpzWriter::write(std::span<const std::byte> bytes) { zip_->write(bytes); }
void NpzWriter::end_array() { zip_->end_entry(); }
void NpzWriter::set_comment(std::string_view text) { zip_->set_comment(text); }
void NpzWriter::commit() { zip_->commit(); }

void NpzWriter::add(std::string_view name, DType dtype, const std::vector<int64_t>& shape,
                    std::span<const std::byte> bytes) {
  begin_array(name, dtype, shape);
  write(bytes);
  end_array();
}

}  // namespace gpst
