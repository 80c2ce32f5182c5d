#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/print.h"
#include "cli/text_source.h"
#include "io/utf8.h"
#include "model/model.h"

namespace excise {
namespace {

struct Options {
  ReadingOptions reading;
  std::string model, text;
  bool json = false;
};

// On one line: white space but the blank as an escape.
std::string one_line(const std::string& piece) {
  std::string out;
  for (const char c : piece) {
    const auto escaped = std::string_view("\n\r\t").find(c);
    if (escaped == std::string_view::npos) {
      out += c;
    } else {
      out += {'\\', "nrt"[escaped]};
    }
  }
  return out;
}

Status tokenize(const Options& options) {
  const auto folder = EXCISE_TRY(locate_model(options.model));
  Tokenizer tokenizer = EXCISE_TRY(open_tokenizer(folder));
  EXCISE_CHECK(tokenizer.use(EXCISE_TRY(parse_reading(options.reading))));
  const std::string text =
      options.text == "-" ? EXCISE_TRY(read_text("-")) : options.text;
  const std::vector<int> ids = EXCISE_TRY(tokenizer.encode(text));
  std::vector<std::string> pieces;
  for (const int id : ids) pieces.push_back(tokenizer.piece(id));
  const size_t front = tokenizer.front().size();
  const size_t behind = tokenizer.behind().size();
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"ids", ids},
        {"pieces", pieces},
        {"bos", options.reading.bos},
        {"special_tokens", options.reading.special_tokens},
        {"front", front},
        {"behind", behind}};
    print_out("{}\n", json_without_controls(json.dump(
                          -1, ' ', false,
                          nlohmann::ordered_json::error_handler_t::replace)));
    return {};
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    print_out("{:>7}  \"{}\"{}\n", ids[i], shown(one_line(pieces[i])),
              i < front                  ? "  in front of the text"
              : i + behind >= ids.size() ? "  behind the text"
                                         : "");
  }
  return {};
}

}  // namespace

void add_tokenize(Command program) {
  Command command = program.add_command(
      "tokenize", "the token ids of a text and their texts");
  auto options = std::make_shared<Options>();
  command
      .add_option("MODEL", options->model,
                  "a model folder, a hub id in the local cache, or baker-7m")
      .required();
  command.add_option("TEXT", options->text, "the text; - for standard input")
      .required();
  add_reading_options(command, options->reading);
  command.add_flag("--json", options->json, "as JSON");
  command.footer(
      "Examples:\n"
      "  excise tokenize baker-7m \"The dog did nothing.\"\n"
      "  excise tokenize gpt2 - --json < page.txt");
  command.set_action([options] { return tokenize(*options); });
}

}  // namespace excise
