#include "io/safetensors_json.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"
#include "io/quoted.h"

namespace gpst {
namespace {

constexpr std::string_view kMetadataKey = "__metadata__";

// Where in the header the parser is.
enum class Place { outside, top, metadata, tensor, shape, offsets };

class HeaderHandler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderHandler(std::string_view where) : where_(where) {}

  DeclaredHeader take() { return std::move(header_); }

  bool start_object(size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top && key_ == kMetadataKey) {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::tensor;
      tensor_ = PartialTensor{};
    } else {
      refuse_value("an object");
    }
    return true;
  }

  bool key(string_t& name) override {
    if (place_ == Place::top && !names_.insert(name).second) {
      fail(fmt::format("the name {} occurs twice", quote_name(name)));
    }
    if (place_ == Place::top) key_ = name;
    field_ = name;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) finish_tensor();
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(size_t) override {
    if (place_ != Place::tensor) refuse_value("a list");
    if (field_ == "shape") {
      begin_field(tensor_.shape);
      place_ = Place::shape;
    } else if (field_ == "data_offsets") {
      begin_field(tensor_.offsets);
      place_ = Place::offsets;
    } else {
      refuse_value("a list");
    }
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    return true;
  }

  bool number_unsigned(uint64_t value) override {
    if (place_ == Place::shape && value <= std::numeric_limits<int64_t>::max()) {
      tensor_.shape->push_back(static_cast<int64_t>(value));
    } else if (place_ == Place::offsets && tensor_.offsets->size() < 2) {
      tensor_.offsets->push_back(value);
    } else {
      refuse_value(fmt::format("the number {}", value));
    }
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      if (!header_.metadata.emplace(field_, text).second) {
        fail(fmt::format("the metadata key {} occurs twice", quote_name(field_)));
      }
    } else if (place_ == Place::tensor && field_ == "dtype") {
      set_dtype(text);
    } else {
      refuse_value("the text " + quote_name(text));
    }
    return true;
  }

  bool null() override { return refuse_value("null"); }
  bool boolean(bool value) override { return refuse_value(value ? "true" : "false"); }
  bool number_integer(int64_t value) override {
    return refuse_value(fmt::format("the number {}", value));
  }
  bool number_float(double, const string_t& text) override {
    return refuse_value("the number " + quote_name(text));
  }
  bool binary(binary_t&) override { return refuse_value("binary data"); }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    fail(fmt::format("the header is not UTF-8 JSON at its byte {}: {}", position, error.what()));
  }

 private:
  struct PartialTensor {
    std::optional<DType> dtype;
    std::optional<std::vector<int64_t>> shape;
    std::optional<std::vector<uint64_t>> offsets;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: bad safetensors header: {}", where_, what));
  }

  // Declared to return so that events can end with it.
  bool refuse_value(const std::string& what) const {
    switch (place_) {
      case Place::outside:
        fail(fmt::format("expected an object of tensors, found {}", what));
      case Place::top:
        fail(fmt::format("expected an object for {}, found {}", quote_name(key_), what));
      case Place::metadata:
        fail(fmt::format("expected text for the metadata key {}, found {}", quote_name(field_),
                         what));
      default:
        fail(
            fmt::format("tensor {}: unexpected {} in {}; a tensor has a dtype (text), a shape and "
                        "two data_offsets (lists of non-negative whole numbers)",
                        quote_name(key_), what, quote_name(field_)));
    }
  }

  template <class T>
  void begin_field(std::optional<T>& field) {
    if (field)
      fail(fmt::format("tensor {}: {} occurs twice", quote_name(key_), quote_name(field_)));
    field.emplace();
  }

  void set_dtype(const std::string& text) {
    const std::optional<DType> dtype = dtype_of_name(text);
    if (!dtype) {
      fail(
          fmt::format("tensor {}: unknown dtype {}; known are F64 F32 F16 BF16, I64 I32 I16 I8, "
                      "U64 U32 U16 U8 and BOOL",
                      quote_name(key_), quote_name(text)));
    }
    begin_field(tensor_.dtype);
    tensor_.dtype = dtype;
  }

  void finish_tensor() {
    if (!tensor_.dtype || !tensor_.shape || !tensor_.offsets || tensor_.offsets->size() != 2) {
      fail(fmt::format("tensor {}: needs dtype, shape and two data_offsets", quote_name(key_)));
    }
    header_.tensors.push_back({key_, *tensor_.dtype, std::move(*tensor_.shape),
                               tensor_.offsets->front(), tensor_.offsets->back()});
  }

  std::string where_;
  Place place_ = Place::outside;
  std::string key_;    // of the top level: a tensor name or __metadata__
  std::string field_;  // the key seen last
  PartialTensor tensor_;
  std::unordered_set<std::string> names_;
  DeclaredHeader header_;
};

}  // namespace

DeclaredHeader parse_safetensors_json(std::string_view json, std::string_view where) {
  // The parser takes a NUL for the end of its input and would not look at what follows.
  if (const size_t nul = json.find('\0'); nul != std::string_view::npos) {
    throw InputError(
        fmt::format("{}: bad safetensors header: the header is not UTF-8 JSON at its byte {}: NUL",
                    where, nul));
  }
  HeaderHandler handler(where);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  return handler.take();
}

}  // namespace gpst
