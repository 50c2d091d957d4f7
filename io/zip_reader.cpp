#include "io/zip_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "base/error.h"
#include "io/quoted.h"

namespace gpst {
namespace {

// Deflate cannot expand by more; a member that claims to would only make us allocate.
constexpr uint64_t kMaxDeflateRatio = 1032;

// zlib counts in unsigned int.
constexpr size_t kMaxPiece = size_t{1} << 30;

uInt piece(size_t size) { return static_cast<uInt>(std::min(size, kMaxPiece)); }

// A raw deflate stream in memory.
class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> input) : input_(input) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Fewer bytes than asked for at the end of the stream, or where it is cut off or damaged.
  size_t read(std::span<std::byte> out) {
    size_t done = 0;
    while (done < out.size() && !stopped_) {
      stream_.next_in =
          const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input_.data() + consumed_));
      stream_.avail_in = piece(input_.size() - consumed_);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + done);
      stream_.avail_out = piece(out.size() - done);
      const uInt offered_in = stream_.avail_in;
      const uInt offered_out = stream_.avail_out;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      consumed_ += offered_in - stream_.avail_in;
      done += offered_out - stream_.avail_out;
      ended_ = status == Z_STREAM_END;
      stopped_ = status != Z_OK;
    }
    return done;
  }

  // Whether the stream ends here, with all of its input used and nothing more to come.
  bool at_clean_end() {
    std::array<std::byte, 1> extra;
    return read(extra) == 0 && ended_ && consumed_ == input_.size();
  }

 private:
  std::span<const std::byte> input_;
  size_t consumed_ = 0;
  bool stopped_ = false;
  bool ended_ = false;
  z_stream stream_{};
};

uint32_t extend_crc(uint32_t crc, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const uInt size = piece(bytes.size());
    crc = static_cast<uint32_t>(crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), size));
    bytes = bytes.subspan(size);
  }
  return crc;
}

}  // namespace

struct ZipEntryReader::State {
  std::shared_ptr<const ZipIndex> zip;  // keeps the mapping alive
  std::string where;
  std::span<const std::byte> stored;
  std::unique_ptr<Inflater> inflater;  // none for stored members
  uint64_t size = 0;
  uint64_t remaining = 0;
  uint32_t expected_crc = 0;
  uint32_t crc = 0;

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", where, what));
  }

  size_t read_some(std::span<std::byte> out) {
    if (inflater) return inflater->read(out);
    std::copy_n(stored.begin(), out.size(), out.begin());
    stored = stored.subspan(out.size());
    return out.size();
  }

  void check_end() {
    if (inflater && !inflater->at_clean_end()) {
      fail(fmt::format("the compressed data does not end after the expected {} bytes", size));
    }
    if (crc != expected_crc) {
      fail(fmt::format("wrong checksum (expected {:08x}, found {:08x}): the file is damaged",
                       expected_crc, crc));
    }
  }
};

ZipEntryReader::ZipEntryReader(std::shared_ptr<const ZipIndex> zip, const ZipEntry& entry)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.where = fmt::format("{}: {}", zip->path(), quote_name(entry.name));
  s.stored = zip->stored_bytes(entry);
  s.zip = std::move(zip);
  s.size = s.remaining = entry.size;
  s.expected_crc = entry.crc;
  if (entry.method == static_cast<uint16_t>(ZipMethod::deflated)) {
    s.inflater = std::make_unique<Inflater>(s.stored);
    if (entry.size / kMaxDeflateRatio > entry.compressed_size) {
      s.fail(fmt::format("{} bytes cannot come out of {} compressed ones", entry.size,
                         entry.compressed_size));
    }
  } else if (entry.size != entry.compressed_size) {
    s.fail(fmt::format("stored with {} bytes, expected {}", entry.compressed_size, entry.size));
  }
  if (s.size == 0) s.check_end();
}

ZipEntryReader::~ZipEntryReader() = default;

uint64_t ZipEntryReader::size() const { return state_->size; }
uint64_t ZipEntryReader::remaining() const { return state_->remaining; }
const std::string& ZipEntryReader::where() const { return state_->where; }

size_t ZipEntryReader::read(std::span<std::byte> out) {
  State& s = *state_;
  if (out.size() > s.remaining) out = out.first(static_cast<size_t>(s.remaining));
  if (out.empty()) return 0;
  const size_t count = s.read_some(out);
  if (count < out.size()) {
    s.fail(fmt::format("the compressed data is damaged or cut off: expected {} bytes, found {}",
                       s.size, s.size - s.remaining + count));
  }
  s.crc = extend_crc(s.crc, out);
  s.remaining -= count;
  if (s.remaining == 0) s.check_end();
  return count;
}

}  // namespace gpst
