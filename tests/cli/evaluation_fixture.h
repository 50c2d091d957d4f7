// Weights and inputs for tests of `gpstoken evaluate`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "image/picture8.h"
#include "io/dtype.h"

namespace gpst {

// Networks with the weights of the golden rule, written once a test program: a folder with
// inception-2015-12-05.safetensors and lpips-alexnet.safetensors, as $GPST_HOME may be.
const std::filesystem::path& rule_weights_folder();
std::string rule_inception_file();
std::string rule_lpips_file();

// Side x side; other numbers, other pictures.
Picture8 evaluation_picture(int number, int side = 48);
std::vector<Picture8> evaluation_pictures(int first, int count, int side = 48);

// 000.png, 001.png, ... in `folder`, which is made; returns its path.
std::string write_folder(const std::filesystem::path& folder,
                         const std::vector<Picture8>& pictures);

// The content of an .npy.
std::string npy(DType dtype, const std::vector<int64_t>& shape, const std::string& bytes);
std::string npy_of_pictures(const std::vector<Picture8>& pictures);
std::string npy_of_doubles(const std::vector<int64_t>& shape, const std::vector<double>& values);
// As numpy pickles what is no number.
std::string npy_of_objects();

// "name.npy" of `content`, stored, as the only member of an archive.
std::string npz(const std::string& name, const std::string& content);
// mu [n] and sigma [n,n].
std::string npz_of_statistics(const std::vector<double>& mu, const std::vector<double>& sigma);

}  // namespace gpst
