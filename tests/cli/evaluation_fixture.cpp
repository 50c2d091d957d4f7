#include "tests/cli/evaluation_fixture.h"

#include <fmt/format.h>

#include "image/png.h"
#include "io/npy_header.h"
#include "tests/io/zip_builder.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace gpst {

const std::filesystem::path& rule_weights_folder() {
  static const TemporaryFolder folder;
  static const bool written = [] {
    write_rule_inception(folder / "inception-2015-12-05.safetensors", "test/evaluate/");
    write_rule_lpips(folder / "lpips-alexnet.safetensors", LpipsNet::alexnet, "test/evaluate/");
    return true;
  }();
  static_cast<void>(written);
  return folder.path();
}

std::string rule_inception_file() {
  return rule_weights_folder() / "inception-2015-12-05.safetensors";
}

std::string rule_lpips_file() { return rule_weights_folder() / "lpips-alexnet.safetensors"; }

Picture8 evaluation_picture(int number, int side) {
  Picture8 picture(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      uint8_t* pixel = picture.at(x, y);
      pixel[0] = static_cast<uint8_t>(5 * x + 40 * number);
      pixel[1] = static_cast<uint8_t>((x * y) / (number + 2) + 3 * y);
      pixel[2] = static_cast<uint8_t>(((x / 4 + y / (number + 1)) % 2) * 200 + number);
    }
  }
  return picture;
}

std::vector<Picture8> evaluation_pictures(int first, int count, int side) {
  std::vector<Picture8> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(evaluation_picture(first + i, side));
  return pictures;
}

std::string write_folder(const std::filesystem::path& folder,
                         const std::vector<Picture8>& pictures) {
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < pictures.size(); ++i) {
    write_png((folder / fmt::format("{:03}.png", i)).string(), pictures[i]);
  }
  return folder.string();
}

std::string npy(DType dtype, const std::vector<int64_t>& shape, const std::string& bytes) {
  return format_npy_header(dtype, shape) + bytes;
}

std::string npy_of_pictures(const std::vector<Picture8>& pictures) {
  std::string bytes;
  for (const Picture8& picture : pictures) bytes.append(picture.rgb.begin(), picture.rgb.end());
  const Picture8& first = pictures.front();
  return npy(DType::u8, {std::ssize(pictures), first.height, first.width, 3}, bytes);
}

std::string npy_of_doubles(const std::vector<int64_t>& shape, const std::vector<double>& values) {
  const std::string bytes(reinterpret_cast<const char*>(values.data()),
                          values.size() * sizeof(double));
  return npy(DType::f64, shape, bytes);
}

std::string npy_of_objects() {
  std::string dictionary = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
  dictionary.resize(117, ' ');
  dictionary += '\n';
  std::string header = "\x93NUMPY\x01";
  header += '\0';
  append_le(header, static_cast<uint16_t>(dictionary.size()));
  header.append(dictionary).append("\x80\x03.");
  return header;
}

std::string npz(const std::string& name, const std::string& content) {
  return build_zip({{.name = name + ".npy", .content = content}});
}

std::string npz_of_statistics(const std::vector<double>& mu, const std::vector<double>& sigma) {
  const auto d = static_cast<int64_t>(mu.size());
  return build_zip({{.name = "mu.npy", .content = npy_of_doubles({d}, mu)},
                    {.name = "sigma.npy", .content = npy_of_doubles({d, d}, sigma)}});
}

}  // namespace gpst
