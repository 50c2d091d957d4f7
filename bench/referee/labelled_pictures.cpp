#include "bench/referee/labelled_pictures.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/parallel.h"
#include "image/picture_source.h"
#include "image/preprocess.h"
#include "io/npz.h"
#include "nn/worker_threads.h"
#include "sampler/class_list.h"
#include "train/held_out.h"

namespace gpst::bench {
namespace {

LabelledPictures read(const PictureSource& source, const std::vector<int64_t>& positions,
                      const ClassTable& classes, int side) {
  const auto count = static_cast<int64_t>(positions.size());
  LabelledPictures set{at::empty({count, side, side, 3}, at::kByte), at::empty({count}, at::kLong)};
  auto* pixels = set.pictures.data_ptr<uint8_t>();
  auto* labels = set.labels.data_ptr<int64_t>();
  const int64_t bytes = int64_t{3} * side * side;
  for_each_on_workers(count, default_threads(), [&](int64_t i, int) {
    const int64_t position = positions[static_cast<size_t>(i)];
    const Picture8 crop = preprocess(source.load(position, {}), {.size = side});
    std::copy_n(crop.rgb.data(), bytes, pixels + i * bytes);
    labels[i] = classes.label_of(source.item(position).label_part);
  });
  set.pictures = set.pictures.permute({0, 3, 1, 2}).contiguous();  // [N,3,S,S]
  return set;
}

}  // namespace

SplitPictures read_pictures(const std::string& input, const std::string& class_table,
                            int64_t held_out, int side) {
  const PictureSource source = PictureSource::open({input});
  const ClassTable classes = ClassTable::from_file(class_table);
  const HeldOutSplit split = split_held_out(source, held_out);
  return {read(source, split.train, classes, side), read(source, split.held_out, classes, side)};
}

LabelledPictures read_samples(const std::string& npz) {
  const NpzReader reader = NpzReader::open(npz);
  const NpyArray pictures = reader.read("arr_0"), labels = reader.read("arr_1");
  if (pictures.header.dtype != DType::u8 || pictures.header.shape.size() != 4 ||
      labels.header.dtype != DType::i64) {
    throw InputError(fmt::format(
        "{}: expected arr_0 uint8 [N,H,W,3] and arr_1 int64 [N], as sample --npz writes them",
        npz));
  }
  const auto tensor = [](const NpyArray& array, at::ScalarType type) {
    return at::from_blob(const_cast<std::byte*>(array.bytes.data()), array.header.shape,
                         at::dtype(type))
        .clone();
  };
  return {tensor(pictures, at::kByte).permute({0, 3, 1, 2}).contiguous(),
          tensor(labels, at::kLong)};
}

at::Tensor values_of(const LabelledPictures& set, int64_t first, int64_t count) {
  return set.pictures.narrow(0, first, count).to(at::kFloat).div_(127.5).sub_(1.0);
}

}  // namespace gpst::bench
