#include "eval/weights_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/user_folders.h"

namespace gpst {
namespace {

namespace fs = std::filesystem;

// A file of torch that others publish.
struct Published {
  std::vector<std::string> names;  // under which it is found; the first is that of `address`
  std::string address;
  std::string checksum;  // what is published of its SHA-256
};

struct Network {
  std::string described;
  std::string option;
  std::string file_name;          // what a converted file is called
  std::vector<std::string> also;  // other names that are taken
  std::vector<Published> parts;   // all of them go into one converted file
  std::string conversion_options = {};
};

// torch's way of naming puts the first digits of the SHA-256 into the name; those of the two files
// of LPIPS were computed from the package on PyPI.
const Network& network_of(WeightsKind kind) {
  static const std::string torch = "https://download.pytorch.org/models/";
  static const std::string lpips =
      "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/";
  static const Network inception = {
      "Inception (2015-12-05)",
      "--inception",
      "inception-2015-12-05.safetensors",
      {"pt_inception-2015-12-05-6726825d.safetensors",
       "weights-inception-2015-12-05-6726825d.safetensors"},
      {{{"pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth"},
        "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
        "pt_inception-2015-12-05-6726825d.pth",
        "begins with 6726825d"}}};
  static const Network vgg16 = {
      "LPIPS (VGG16)",
      "--lpips",
      "lpips-vgg16.safetensors",
      {},
      {{{"vgg16-397923af.pth"}, torch + "vgg16-397923af.pth", "begins with 397923af"},
       {{"vgg.pth", "weights-vgg16-lpips.pth"},
        lpips + "vgg.pth",
        "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"}},
      " --drop classifier."};
  static const Network alexnet = {
      "LPIPS (AlexNet)",
      "--lpips",
      "lpips-alexnet.safetensors",
      {},
      {{{"alexnet-owt-7be5be79.pth"}, torch + "alexnet-owt-7be5be79.pth", "begins with 7be5be79"},
       {{"alex.pth"},
        lpips + "alex.pth",
        "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"}},
      " --drop classifier."};
  switch (kind) {
    case WeightsKind::lpips_vgg16:
      return vgg16;
    case WeightsKind::lpips_alexnet:
      return alexnet;
    case WeightsKind::inception:
      break;
  }
  return inception;
}

fs::path torch_downloads() {
  const char* given = std::getenv("TORCH_HOME");
  const fs::path home = given != nullptr && *given != '\0' ? fs::path(given) : fs::path();
  const fs::path cache = cache_folder();
  if (home.empty() && cache.empty()) return {};
  return (home.empty() ? cache / "torch" : home) / "hub" / "checkpoints";
}

// Where a converted file is put so that it is found.
fs::path own_folder() {
  const fs::path home = gpst_home();
  return home.empty() ? cache_folder() / "gpstoken" : home;
}

// The first file with one of the names; empty when there is none.
fs::path found(std::span<const std::string> names) {
  for (const std::string& name : names) {
    for (const fs::path& folder : weights_search_path()) {
      std::error_code ignored;
      if (fs::is_regular_file(folder / name, ignored)) return folder / name;
    }
  }
  return {};
}

// A path as a word of a shell.
std::string shell_word(const std::string& path) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("/._-+=:,@%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!path.empty() && std::ranges::all_of(path, is_plain)) return path;
  std::string word = "'";
  for (const char c : path) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string conversion(const Network& network, const std::vector<std::string>& sources,
                       const fs::path& target) {
  std::string command = "scripts/convert_weights";
  for (const std::string& source : sources) command += " " + shell_word(source);
  return command + network.conversion_options + " -o " + shell_word(target.string());
}

std::string missing_message(const Network& network) {
  std::vector<std::string> sources, wanted;
  for (const Published& part : network.parts) {
    const fs::path here = found(part.names);
    sources.push_back(here.empty() ? part.names.front() : here.string());
    if (here.empty()) {
      wanted.push_back(
          fmt::format("{} from {} (SHA-256 {})", part.names.front(), part.address, part.checksum));
    }
  }
  std::string folders;
  for (const fs::path& folder : weights_search_path()) {
    folders += (folders.empty() ? "" : ", ") + folder.string();
  }
  return fmt::format("no weights of {}: {} is not given, and there is no {} in {}.\n{}{}:\n  {}",
                     network.described, network.option, network.file_name,
                     folders.empty() ? "any folder (neither GPST_HOME nor HOME is set)" : folders,
                     wanted.empty()
                         ? "The published file is here; convert it"
                         : fmt::format("Download {}; then convert", fmt::join(wanted, " and ")),
                     wanted.empty() || network.parts.size() == 1 ? "" : " both into one file",
                     conversion(network, sources, own_folder() / network.file_name));
}

void check_given(const Network& network, const std::vector<std::string>& given) {
  if (given.size() > network.parts.size()) {
    throw UsageError(fmt::format("{}: expected at most {} file(s), found {}", network.option,
                                 network.parts.size(), given.size()));
  }
  for (const std::string& path : given) {
    if (!path_exists(path)) {
      throw IoError(fmt::format("{}: there is no file {}", network.option, path));
    }
    if (is_directory(path)) {
      throw InputError(
          fmt::format("{}: {} is a folder; name the safetensors file in it", network.option, path));
    }
    const std::string ending = fs::path(path).extension().string();
    if (ending == ".pth" || ending == ".pt" || ending == ".ckpt" || ending == ".pkl") {
      throw InputError(fmt::format(
          "{}: {} is a file of Python, which can carry code and is not read. Convert it once:\n  "
          "{}",
          network.option, path,
          conversion(network, given, fs::path(path).replace_extension(".safetensors"))));
    }
  }
}

}  // namespace

std::vector<fs::path> weights_search_path() {
  std::vector<fs::path> folders;
  if (const fs::path home = gpst_home(); !home.empty()) {
    folders = {home, home / "weights"};
  }
  if (const fs::path cache = cache_folder(); !cache.empty()) folders.push_back(cache / "gpstoken");
  if (const fs::path torch = torch_downloads(); !torch.empty()) folders.push_back(torch);
  return folders;
}

WeightsFiles find_weights(WeightsKind kind, const std::vector<std::string>& given) {
  const Network& network = network_of(kind);
  if (!given.empty()) {
    check_given(network, given);
    return {given};
  }
  std::vector<std::string> names = {network.file_name};
  names.insert(names.end(), network.also.begin(), network.also.end());
  const fs::path file = found(names);
  if (file.empty()) throw IoError(missing_message(network));
  return {{file.string()}};
}

std::string weights_sha256(const WeightsFiles& files) {
  std::string text;
  for (const std::string& path : files.paths) {
    text += (text.empty() ? "" : "+") + sha256_hex(MappedFile(path).bytes());
  }
  return text;
}

}  // namespace gpst
