#include "eval/inception_input.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Value (i * i + 31 * i) mod 256 at place i.
at::Tensor some_picture(int64_t height, int64_t width) {
  const at::Tensor i = at::arange(height * width * 3);
  return ((i * i + 31 * i) % 256).to(at::kByte).view({1, height, width, 3});
}

TEST(InceptionInput, kinds_of_the_modes) {
  EXPECT_EQ(input_of(EvaluationMode::adm), InceptionInput::tf1_bilinear);
  EXPECT_EQ(input_of(EvaluationMode::torch_fidelity), InceptionInput::tf1_bilinear);
  EXPECT_EQ(input_of(EvaluationMode::pytorch_fid), InceptionInput::half_pixel_bilinear);
  EXPECT_EQ(input_of(EvaluationMode::clean), InceptionInput::clean_bicubic);
  EXPECT_THAT(message_of<ConfigError>([] { parse_evaluation_mode("fid"); }),
              AllOf(HasSubstr("'fid'"), HasSubstr("adm, pytorch-fid, torch-fidelity, clean")));
  for (const auto& [mode, name] : kEvaluationModes) {
    EXPECT_EQ(parse_evaluation_mode(name), mode);
    EXPECT_EQ(name_of(mode), name);
  }
}

TEST(InceptionInput, picture_of_299_only_changes_its_scale) {
  const at::Tensor picture = some_picture(kInceptionSide, kInceptionSide);
  const at::Tensor values = picture.permute({0, 3, 1, 2}).to(at::kFloat);
  EXPECT_TRUE(at::equal(inception_input(picture, InceptionInput::tf1_bilinear), values / 128 - 1));
  EXPECT_TRUE(at::equal(inception_input(picture, InceptionInput::clean_bicubic), values / 128 - 1));
  EXPECT_TRUE(at::equal(inception_input(picture, InceptionInput::half_pixel_bilinear),
                        values / 255 * 2 - 1));
}

// One step of 0 to 255 between two columns: what a convention does is seen at a few places.
TEST(InceptionInput, step_between_two_columns) {
  at::Tensor picture = at::zeros({1, 1, 2, 3}, at::kByte);
  picture.select(2, 1).fill_(255);
  const auto column = [&](InceptionInput kind, int64_t x) {
    return inception_input(picture, kind)[0][0][0][x].item<float>();
  };
  // Source of column 75 is 75 * 2/299; above 1 there is only the upper column.
  EXPECT_NEAR(column(InceptionInput::tf1_bilinear, 75), 150.0 / 299 * 255 / 128 - 1, 1e-6);
  EXPECT_EQ(column(InceptionInput::tf1_bilinear, 150), 255.0F / 128 - 1);
  // Its source is 75.5 * 2/299 - 1/2; the centre is halfway.
  EXPECT_NEAR(column(InceptionInput::half_pixel_bilinear, 75), 2 * (151.0 / 299 - 0.5) - 1, 1e-6);
  EXPECT_NEAR(column(InceptionInput::half_pixel_bilinear, 149), 0, 1e-6);
}

// Values of Pillow 13: Image.fromarray(channel as float32).resize((299, 299), BICUBIC), clipped.
TEST(InceptionInput, clean_is_pillows_bicubic) {
  struct Place {
    int64_t channel, y, x;
    float value;
  };
  const auto check = [](const at::Tensor& picture, const std::vector<Place>& places) {
    const at::Tensor found = inception_input(picture, InceptionInput::clean_bicubic) * 128 + 128;
    for (const auto& [channel, y, x, value] : places) {
      EXPECT_NEAR(found[0][channel][y][x].item<float>(), value, 2e-5) << channel << y << x;
    }
  };
  check(some_picture(40, 57), {{0, 0, 0, 0.0F},
                               {1, 17, 250, 170.91615295410156F},
                               {2, 298, 298, 255.0F},
                               {0, 150, 149, 114.27232360839844F}});
  check(some_picture(640, 480), {{0, 0, 0, 91.2411880493164F},
                                 {1, 17, 250, 139.55889892578125F},
                                 {2, 298, 298, 173.24989318847656F},
                                 {0, 150, 149, 155.57745361328125F}});
}

TEST(InceptionInput, gradient_reaches_every_pixel_of_an_enlarged_picture) {
  for (const InceptionInput kind :
       {InceptionInput::tf1_bilinear, InceptionInput::half_pixel_bilinear,
        InceptionInput::clean_bicubic}) {
    const at::Tensor x = at::full({1, 3, 40, 50}, 100.0F).requires_grad_();
    inception_input_of_values(x, kind).sum().backward();
    EXPECT_GT(x.grad().min().item<float>(), 0);
  }
}

TEST(InceptionInput, wrong_shapes_and_types_are_named) {
  const auto message = [](const at::Tensor& pictures) {
    return message_of<InputError>([&] { inception_input(pictures, InceptionInput::tf1_bilinear); });
  };
  EXPECT_THAT(message(at::zeros({1, 3, 8, 8}, at::kByte)), HasSubstr("[1, 3, 8, 8]"));
  EXPECT_THAT(message(at::zeros({1, 8, 8, 3})), HasSubstr("Float"));
}

}  // namespace
}  // namespace gpst
