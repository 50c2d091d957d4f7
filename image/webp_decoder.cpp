#include <webp/decode.h>

#include "base/error.h"
#include "image/decoders.h"

namespace gpst {
namespace {

const uint8_t* data_of(const EncodedPicture& picture) {
  return reinterpret_cast<const uint8_t*>(picture.bytes.data());
}

[[noreturn]] void raise(const EncodedPicture& picture, VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      throw_truncated(picture, Format::webp);
    case VP8_STATUS_OUT_OF_MEMORY:
      throw_damaged(picture, Format::webp, "not enough memory to decode it");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      throw_damaged(picture, Format::webp, "it uses a feature that libwebp does not support");
    default:
      throw_damaged(picture, Format::webp, "its data cannot be decoded");
  }
}

}  // namespace

PictureHeader read_webp_header(const EncodedPicture& picture) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(data_of(picture), picture.bytes.size(), &features);
  if (status != VP8_STATUS_OK) raise(picture, status);
  if (features.has_animation != 0) {
    throw InputError(std::string(picture.name) +
                     ": this WebP is an animation; save one of its pictures and give that");
  }
  return {Format::webp, features.width, features.height};
}

Picture8 decode_webp(const EncodedPicture& picture, const DecodeLimits& limits) {
  const PictureHeader header = read_webp_header(picture);
  check_size(header, limits, picture.name);
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  Picture8 out(header.width, header.height);
  config.output.colorspace = MODE_RGB;  // alpha is dropped, colours stay as stored
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {out.rgb.data(), static_cast<int>(out.row_bytes()), out.rgb.size()};
  const VP8StatusCode status = WebPDecode(data_of(picture), picture.bytes.size(), &config);
  if (status != VP8_STATUS_OK) raise(picture, status);
  return out;
}

}  // namespace gpst
