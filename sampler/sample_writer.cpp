#include "sampler/sample_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "image/codec.h"
#include "image/draw.h"
#include "io/npz.h"
#include "nn/worker_threads.h"
#include "sampler/write_behind.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

Picture8 read_picture(const fs::path& path) {
  const MappedFile file(path.string());
  return decode(file.bytes(), {}, path.string());
}

enum class Found { nothing, same, other };

// What stands under a picture's name. A torn file cannot: they appear complete.
Found look_at(const fs::path& path, const std::vector<PngText>& text) {
  if (!path_exists(path.string())) return Found::nothing;
  const MappedFile file(path.string());
  try {
    return read_png_text(file.bytes(), path.string()) == text ? Found::same : Found::other;
  } catch (const InputError&) {
    return Found::other;
  }
}

// The text of one picture: that of the run, and its own label and index.
std::vector<PngText> text_of(const SampleItem& item, const SampleRun& run) {
  std::vector<PngText> text = run.text;
  text.push_back({"gpst:label", std::to_string(item.label)});
  text.push_back({"gpst:index", std::to_string(item.index)});
  return text;
}

std::vector<SampleItem> missing_items(const std::vector<SampleItem>& items, const SampleRun& run) {
  if (run.overwrite) return items;
  std::vector<SampleItem> missing;
  for (const SampleItem& item : items) {
    const fs::path path = run.folder / sample_name(item.index);
    const Found found = look_at(path, text_of(item, run));
    if (found == Found::other) {
      throw IoError(
          fmt::format("{} exists and was made otherwise; give another output folder, or "
                      "--overwrite to replace it",
                      path.string()));
    }
    if (found == Found::nothing) missing.push_back(item);
  }
  return missing;
}

}  // namespace

std::string sample_name(int64_t index) { return fmt::format("{:06}.png", index); }

PictureMaker one_by_one(std::function<Picture8(const SampleItem&)> make, int threads) {
  return [make = std::move(make), threads](const std::vector<SampleItem>& items,
                                           const PictureTaker& take) {
    for_each_on_workers(static_cast<int64_t>(items.size()), threads, [&](int64_t i, int) {
      const SampleItem& item = items[static_cast<size_t>(i)];
      take(item, make(item));
    });
  };
}

SampleCounts write_samples(const std::vector<SampleItem>& items, const PictureMaker& make,
                           const SampleRun& run, Log& log) {
  create_directories(run.folder.string());
  const std::vector<SampleItem> missing = missing_items(items, run);
  const auto count = static_cast<int64_t>(missing.size());
  SampleCounts counts{.made = count, .kept = static_cast<int64_t>(items.size()) - count};
  if (counts.kept > 0) log.info(fmt::format("{} pictures are there already", counts.kept));
  SampleMeter meter(log, count, run.meter);
  WriteBehind writing(run.threads);
  make(missing, [&](const SampleItem& item, Picture8 made) {
    writing.add([&run, &meter, item, picture = std::move(made)] {
      write_png(run.folder / sample_name(item.index), picture, text_of(item, run));
      meter.advance();
    });
  });
  writing.finish();
  counts.table = meter.finish();
  return counts;
}

std::string labels_text(const std::vector<SampleItem>& items) {
  std::string text;
  for (const SampleItem& item : items) text += std::to_string(item.label) + "\n";
  return text;
}

void write_grid(const fs::path& path, const std::vector<SampleItem>& items, const SampleRun& run,
                int columns) {
  constexpr int kPadding = 2;
  const auto count = static_cast<int>(items.size());
  if (columns == 0) columns = static_cast<int>(std::ceil(std::sqrt(count)));
  columns = std::min(columns, count);
  // A band of one row of pictures at a time: a grid may be larger than memory.
  const int rows = (count + columns - 1) / columns;
  const Picture8 first = read_picture(run.folder / sample_name(items.front().index));
  const int width = columns * (first.width + kPadding) - kPadding;
  const int height = rows * (first.height + kPadding) - kPadding;
  PngRowWriter writer(path, width, height, run.text);
  const std::vector<uint8_t> gap(static_cast<size_t>(width) * 3);
  for (int row = 0; row < rows; ++row) {
    Picture8 band(width, first.height);
    for (int column = 0; column < columns && row * columns + column < count; ++column) {
      const SampleItem& item = items[static_cast<size_t>(row * columns + column)];
      paste(band, read_picture(run.folder / sample_name(item.index)),
            column * (first.width + kPadding), 0);
    }
    const size_t stride = static_cast<size_t>(width) * 3;
    for (int y = 0; y < band.height; ++y) {
      writer.write_row(std::span(band.rgb).subspan(static_cast<size_t>(y) * stride, stride));
    }
    for (int y = 0; y < kPadding && row + 1 < rows; ++y) writer.write_row(gap);
  }
  writer.commit();
}

void write_sample_npz(const fs::path& path, const std::vector<SampleItem>& items,
                      const SampleRun& run) {
  const auto count = static_cast<int64_t>(items.size());
  const Picture8 first = read_picture(run.folder / sample_name(items.front().index));
  NpzWriter writer(path.string());
  writer.begin_array("arr_0", DType::u8, {count, first.height, first.width, 3});
  std::vector<int64_t> labels;
  for (const SampleItem& item : items) {
    const Picture8 picture = read_picture(run.folder / sample_name(item.index));
    writer.write(std::as_bytes(std::span(picture.rgb)));
    labels.push_back(item.label);
  }
  writer.end_array();
  writer.add("arr_1", DType::i64, {count}, std::as_bytes(std::span(labels)));
  writer.set_comment(run.identity);
  writer.commit();
}

}  // namespace gpst
