#include "io/tar.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "io/bytes.h"
#include "io/file_kind.h"
#include "io/quoted.h"
#include "io/tar_header.h"

namespace gpst {
namespace {

using Records = std::map<std::string, std::string>;

// Walks an archive from front to back, collecting its regular files.
class TarIndexer {
 public:
  TarIndexer(std::span<const std::byte> archive, std::string_view path)
      : archive_(archive), path_(path) {}

  void run() {
    while (next_member()) {
    }
    if (has_pending_) fail("it ends after the long name or PAX header of a member");
  }

  std::vector<TarEntry> take_entries() { return std::move(entries_); }
  std::vector<std::string> take_links() { return std::move(links_); }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: broken tar archive: {}", path_, what));
  }

  std::span<const std::byte> take_block() {
    const size_t found = archive_.size() - position_;
    if (found < kTarBlock) {
      fail(
          fmt::format("it is truncated: expected a header or the end mark at byte {}, found {} "
                      "bytes",
                      position_, found));
    }
    const auto block = archive_.subspan(position_, kTarBlock);
    position_ += kTarBlock;
    return block;
  }

  // The data after a header; moves behind its padding, which the last member may lack.
  std::span<const std::byte> take_data(const TarHeader& header) {
    const auto size = static_cast<uint64_t>(header.size);
    const size_t found = archive_.size() - position_;
    if (size > found) {
      fail(fmt::format("it is truncated: member {} has {} bytes, found {}", quote_name(header.name),
                       size, found));
    }
    const auto data = archive_.subspan(position_, size);
    const size_t padded = (size + kTarBlock - 1) / kTarBlock * kTarBlock;
    position_ += std::min(padded, found);
    return data;
  }

  TarHeader take_header(std::span<const std::byte> block) const {
    if (!tar_checksum_holds(block)) {
      const size_t offset = position_ - kTarBlock;
      if (offset == 0) refuse_foreign();
      fail(fmt::format("wrong header checksum at byte {}", offset));
    }
    return parse_tar_header(block, path_);
  }

  [[noreturn]] void refuse_foreign() const {
    const std::string hint = foreign_file_hint(archive_);
    throw InputError(
        fmt::format("{}: not a tar archive{}{}", path_, hint.empty() ? "" : ": ", hint));
  }

  // False at the end mark.
  bool next_member() {
    if (archive_.size() < kTarBlock) refuse_foreign();
    const auto block = take_block();
    if (is_zero_block(block)) return false;
    TarHeader header = take_header(block);
    if (take_extension(header)) return true;
    apply_extensions(header);
    index_member(header);
    return true;
  }

  // Members that describe the one after them.
  bool take_extension(const TarHeader& header) {
    switch (header.type) {
      case 'x':
      case 'X':  // Solaris' PAX
        parse_pax_records(as_text(take_data(header)), path_, records_);
        has_pending_ = true;
        return true;
      case 'g':
        parse_pax_records(as_text(take_data(header)), path_, global_records_);
        return true;
      case 'L': {
        const std::string_view name = as_text(take_data(header));
        long_name_ = name.substr(0, name.find('\0'));
        has_pending_ = true;
        return true;
      }
      case 'K':  // the long target of a link
      case 'V':  // volume label
      case 'D':  // list of a folder, in incremental archives
        take_data(header);
        return true;
      default:
        return false;
    }
  }

  const std::string* find_record(const std::string& key) const {
    for (const Records* records : {&records_, &global_records_}) {
      const auto found = records->find(key);
      if (found != records->end()) return &found->second;
    }
    return nullptr;
  }

  // PAX beats GNU beats the header itself.
  void apply_extensions(TarHeader& header) {
    if (long_name_) header.name = *long_name_;
    if (const std::string* path = find_record("path")) header.name = *path;
    if (const std::string* size = find_record("size")) {
      const char* end = size->data() + size->size();
      const auto result = std::from_chars(size->data(), end, header.size);
      if (result.ec != std::errc() || result.ptr != end || header.size < 0) {
        fail(fmt::format("member {} has the PAX size {}", quote_name(header.name),
                         quote_name(*size)));
      }
    }
    for (const auto& [key, value] : records_) {
      if (key.starts_with("GNU.sparse.")) refuse_sparse(header);
    }
    records_.clear();
    long_name_.reset();
    has_pending_ = false;
  }

  [[noreturn]] void refuse_sparse(const TarHeader& header) const {
    fail(
        fmt::format("member {} is a sparse file, which is not read: make the archive without "
                    "--sparse",
                    quote_name(header.name)));
  }

  void index_member(const TarHeader& header) {
    switch (header.type) {
      case '0':
      case '\0':
      case '7':  // contiguous file
        index_file(header);
        return;
      case '1':
      case '2':
        links_.push_back(header.name);
        return;
      case '3':  // devices, folders, pipes: no data follows, whatever the size says
      case '4':
      case '5':
      case '6':
        return;
      case 'S':
        refuse_sparse(header);
      default:
        fail(fmt::format("member {} has the unknown type {}", quote_name(header.name),
                         quote_name(std::string_view(&header.type, 1))));
    }
  }

  void index_file(const TarHeader& header) {
    const auto offset = static_cast<int64_t>(position_);
    take_data(header);
    // Before ustar a folder was a file whose name ends so.
    if (header.name.ends_with('/')) return;
    if (header.name.empty()) fail(fmt::format("a member at byte {} has no name", offset));
    entries_.push_back({header.name, offset, header.size});
  }

  std::span<const std::byte> archive_;
  std::string_view path_;
  size_t position_ = 0;
  Records global_records_;
  Records records_;  // of the next member
  std::optional<std::string> long_name_;
  bool has_pending_ = false;
  std::vector<TarEntry> entries_;
  std::vector<std::string> links_;
};

}  // namespace

TarReader::TarReader(const std::string& path)
    : path_(path), file_(std::make_shared<const MappedFile>(path)) {
  TarIndexer indexer(file_->bytes(), path_);
  indexer.run();
  entries_ = indexer.take_entries();
  links_ = indexer.take_links();
}

std::span<const std::byte> TarReader::read(const TarEntry& entry) const {
  return file_->bytes().subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(entry.size));
}

}  // namespace gpst
