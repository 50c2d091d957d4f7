#include "sampler/sample_archive.h"

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/partial_file.h"
#include "io/bytes.h"
#include "io/crc32.h"
#include "io/npz.h"
#include "io/npz_layout.h"
#include "sampler/sample_journal.h"
#include "sampler/sample_meter.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPictures = 0;  // arr_0
constexpr size_t kLabels = 1;    // arr_1

fs::path journal_path(const ArchiveRun& run) { return run.path.string() + ".journal"; }

NpzLayout layout_of(const ArchiveRun& run, int64_t count) {
  return {{{"arr_0", DType::u8, {count, run.side, run.side, 3}}, {"arr_1", DType::i64, {count}}},
          run.identity};
}

[[noreturn]] void refuse(const std::string& path) {
  throw IoError(fmt::format(
      "{} was made with other settings; give another name, --overwrite to replace it, or the "
      "settings it was made with (gpstoken info prints them)",
      path));
}

// Whether the file under the final name is what this run would make.
bool is_finished(const ArchiveRun& run, const NpzLayout& layout) {
  if (run.overwrite || !path_exists(run.path.string())) return false;
  const MappedFile file(run.path.string());
  try {
    const auto tail = static_cast<int64_t>(layout.tail(std::vector<uint32_t>{0, 0}).size());
    if (NpzReader::open(run.path.string()).comment() == run.identity &&
        std::cmp_equal(file.bytes().size(), layout.tail_offset() + tail)) {
      return true;
    }
  } catch (const InputError&) {  // not even an npz
  }
  refuse(run.path.string());
}

// The unfinished file: where the pictures lie, and which of them are there.
class Archive {
 public:
  Archive(const std::vector<SampleItem>& items, const ArchiveRun& run, NpzLayout layout)
      : items_(items), run_(run), layout_(std::move(layout)), file_(run.path.string()) {
    for (size_t i = 0; i < items.size(); ++i) place_[items[i].index] = i;
    crcs_.resize(items.size());
    JournalContent found = run.overwrite ? JournalContent{} : read_journal(journal_path(run));
    if (found.whole_bytes == 0) {
      file_.resize(0);
    } else if (found.identity != run.identity) {
      refuse(journal_path(run).string());
    }
    check_pictures(found);
    journal_.emplace(journal_path(run), run.identity, found);
  }

  std::vector<SampleItem> missing() const {
    std::vector<SampleItem> result;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!crcs_[i]) result.push_back(items_[i]);
    }
    return result;
  }

  void take(const SampleItem& item, const Picture8& picture) {
    if (picture.width != run_.side || picture.height != run_.side) {
      throw Error(ExitCode::internal,
                  fmt::format("npz of samples: expected pictures of {} pixels, found {}x{}",
                              run_.side, picture.width, picture.height));
    }
    const size_t place = place_.at(item.index);
    const auto bytes = std::as_bytes(std::span(picture.rgb));
    const uint32_t crc = crc32_of(bytes);
    file_.write(offset_of(place), bytes);
    journal_->add(item.index, crc);
    crcs_[place] = crc;
  }

  // All pictures are there: headers, labels and directory, then the final name.
  void commit() {
    std::vector<uint32_t> crcs(2);
    for (const auto& crc : crcs_) {
      crcs[kPictures] = join_crc32(crcs[kPictures], crc.value(), picture_bytes());
    }
    std::vector<int64_t> labels;
    for (const SampleItem& item : items_) labels.push_back(item.label);
    const auto label_bytes = std::as_bytes(std::span(labels));
    crcs[kLabels] = crc32_of(label_bytes);
    for (const size_t array : {kPictures, kLabels}) {
      file_.write(layout_.head_offset(array), as_byte_span(layout_.head(array, crcs[array])));
    }
    file_.write(layout_.data_offset(kLabels), label_bytes);
    const std::string tail = layout_.tail(crcs);
    file_.write(layout_.tail_offset(), as_byte_span(tail));
    file_.resize(layout_.tail_offset() + static_cast<int64_t>(tail.size()));
    file_.commit();
    journal_.reset();
    remove_tree(journal_path(run_).string());
  }

 private:
  int64_t picture_bytes() const { return run_.side * run_.side * 3; }
  int64_t offset_of(size_t place) const {
    return layout_.data_offset(kPictures) + static_cast<int64_t>(place) * picture_bytes();
  }

  // Keeps the checksums of those pictures whose bytes have them: what the journal knows may not
  // have reached the disk.
  void check_pictures(const JournalContent& found) {
    const std::vector<std::pair<int64_t, uint32_t>> known(found.pictures.begin(),
                                                          found.pictures.end());
    parallel_for(static_cast<int64_t>(known.size()), run_.threads, [&](int64_t i, int) {
      const auto [index, crc] = known[static_cast<size_t>(i)];
      const auto place = place_.find(index);
      if (place == place_.end()) return;
      std::vector<std::byte> bytes(static_cast<size_t>(picture_bytes()));
      if (file_.read(offset_of(place->second), bytes) && crc32_of(bytes) == crc) {
        crcs_[place->second] = crc;
      }
    });
  }

  const std::vector<SampleItem>& items_;
  const ArchiveRun& run_;
  NpzLayout layout_;
  PartialFile file_;
  std::map<int64_t, size_t> place_;            // in the file, by index
  std::vector<std::optional<uint32_t>> crcs_;  // by place; of the pictures that are there
  std::optional<SampleJournal> journal_;
};

}  // namespace

SampleCounts write_sample_archive(const std::vector<SampleItem>& items, const PictureMaker& make,
                                  const ArchiveRun& run, Log& log) {
  const auto total = static_cast<int64_t>(items.size());
  NpzLayout layout = layout_of(run, total);
  if (is_finished(run, layout)) {
    log.info(fmt::format("{} is there already", run.path.string()));
    return {.made = 0, .kept = total};
  }
  Archive archive(items, run, std::move(layout));
  const std::vector<SampleItem> missing = archive.missing();
  const auto count = static_cast<int64_t>(missing.size());
  if (count < total) log.info(fmt::format("{} pictures are there already", total - count));
  SampleMeter meter(log, count, run.meter);
  make(missing, [&](const SampleItem& item, const Picture8& picture) {
    archive.take(item, picture);
    meter.advance();
  });
  SampleCounts counts{.made = count, .kept = total - count, .table = meter.finish()};
  archive.commit();
  return counts;
}

}  // namespace gpst
