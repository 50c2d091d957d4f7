#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "image/decoders.h"

namespace gpst {
namespace {

// A progressive file may repeat scans at will, each costing a pass over all pixels; encoders write
// about ten.
constexpr int kMaxScans = 100;

enum class Failure { none, damaged, truncated };

// libjpeg reports by call-backs that must not return; they jump back into JpegReader, whose guarded
// functions hold nothing that needs a destructor.
struct ErrorState {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
  Failure failure = Failure::none;
};

ErrorState& state_of(j_common_ptr info) { return *reinterpret_cast<ErrorState*>(info->err); }

[[noreturn]] void fail(j_common_ptr info, Failure failure) {
  ErrorState& state = state_of(info);
  state.failure = failure;
  state.base.format_message(info, state.message.data());
  std::longjmp(state.jump, 1);
}

void on_error(j_common_ptr info) { fail(info, Failure::damaged); }

// Level -1 is a warning of corrupt data. Bytes that are missing would come out as grey areas, so
// they are errors; stray bytes between markers are harmless and common.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  const int code = info->err->msg_code;
  if (code == JWRN_JPEG_EOF) fail(info, Failure::truncated);
  if (code == JWRN_HIT_MARKER) fail(info, Failure::damaged);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) {
    ErrorState& state = state_of(info);
    state.failure = Failure::damaged;
    std::snprintf(state.message.data(), state.message.size(), "more than %d scans", kMaxScans);
    std::longjmp(state.jump, 1);
  }
}

class JpegReader {
 public:
  explicit JpegReader(const EncodedPicture& picture) : picture_(picture) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = on_error;
    errors_.base.emit_message = on_message;
    progress_.progress_monitor = on_progress;
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  PictureHeader read_header() {
    if (!guarded_header()) raise();
    return {Format::jpeg, static_cast<int>(info_.image_width),
            static_cast<int>(info_.image_height)};
  }

  void read_pixels(Picture8& out) {
    const int components = info_.num_components;
    if (components != 1 && components != 3 && components != 4) {
      throw_damaged(picture_, Format::jpeg, "it has neither 1, 3 nor 4 colour channels");
    }
    std::vector<uint8_t> cmyk(components == 4 ? static_cast<size_t>(out.width) * 4 : 0);
    if (!guarded_pixels(out, cmyk.data())) raise();
  }

 private:
  bool guarded_header() {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(picture_.bytes.data()),
                 picture_.bytes.size());
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  bool guarded_pixels(Picture8& out, uint8_t* cmyk) {
    if (setjmp(errors_.jump) != 0) return false;
    const bool four = info_.num_components == 4;
    info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
    info_.dct_method = JDCT_ISLOW;
    info_.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      uint8_t* row = out.at(0, static_cast<int>(info_.output_scanline));
      JSAMPROW target = four ? cmyk : row;
      jpeg_read_scanlines(&info_, &target, 1);
      if (four) convert_cmyk(cmyk, row, out.width);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  // Pillow takes every CMYK file as Adobe writes them, inverted: 255 is no ink. With c, m, y and k
  // as stored, ink is 255 - c and light 255 - ink of black = k; red = k - round(ink * k / 255).
  static void convert_cmyk(const uint8_t* cmyk, uint8_t* rgb, int width) {
    for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
      const int light = cmyk[3];
      for (int c = 0; c < 3; ++c) {
        const int product = (255 - cmyk[c]) * light + 128;
        rgb[c] =
            static_cast<uint8_t>(std::clamp(light - ((product + (product >> 8)) >> 8), 0, 255));
      }
    }
  }

  [[noreturn]] void raise() const {
    if (errors_.failure == Failure::truncated) throw_truncated(picture_, Format::jpeg);
    throw_damaged(picture_, Format::jpeg, errors_.message.data());
  }

  EncodedPicture picture_;
  jpeg_decompress_struct info_ = {};
  ErrorState errors_ = {};
  jpeg_progress_mgr progress_ = {};
};

}  // namespace

PictureHeader read_jpeg_header(const EncodedPicture& picture) {
  return JpegReader(picture).read_header();
}

Picture8 decode_jpeg(const EncodedPicture& picture, const DecodeLimits& limits) {
  JpegReader reader(picture);
  const PictureHeader header = reader.read_header();
  check_size(header, limits, picture.name);
  Picture8 out(header.width, header.height);
  reader.read_pixels(out);
  return out;
}

}  // namespace gpst
