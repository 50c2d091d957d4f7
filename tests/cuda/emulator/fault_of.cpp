#include "tests/cuda/emulator/fault_of.h"

#include <fstream>

namespace gpst::emulator {

std::string place_of(const std::string& file, const std::string& text) {
  const std::string name = "tests/cuda/emulator/" + file;
  std::ifstream source(std::string(GPST_SOURCE_DIR) + "/" + name);
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.find(text) != std::string::npos) return name + ":" + std::to_string(number);
  }
  ADD_FAILURE() << "no line with '" << text << "' in " << name;
  return "";
}

}  // namespace gpst::emulator
