#include "io/safetensors.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "io/quoted.h"
#include "io/safetensors_header.h"
#include "io/shape.h"

namespace gpst {

int64_t TensorView::elements() const { return checked_elements(shape).value(); }

SafetensorsFile SafetensorsFile::open(const std::string& path) {
  SafetensorsFile result;
  result.path_ = path;
  result.file_ = std::make_shared<const MappedFile>(path);
  SafetensorsHeader header = parse_safetensors(result.file_->bytes(), path);
  result.tensors_ = std::move(header.tensors);
  result.metadata_ = std::move(header.metadata);
  for (size_t i = 0; i < result.tensors_.size(); ++i) result.index_[result.tensors_[i].name] = i;
  return result;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const TensorView& SafetensorsFile::get(std::string_view name) const {
  if (const TensorView* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const TensorView& tensor : tensors_) names.push_back(tensor.name);
  throw InputError(fmt::format("{}: there is no tensor {} among its {}{}", path_, quote_name(name),
                               names.size(), did_you_mean(name, names)));
}

}  // namespace gpst
