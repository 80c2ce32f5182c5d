#include "model/architecture/generation_keys.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/known_keys.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr auto kHarmless = std::to_array<std::string_view>(
    {// options of excise: how tokens are drawn, how many, how many texts
     "do_sample", "temperature", "top_k", "top_p", "max_length",
     "max_new_tokens", "num_return_sequences",
     // of beams and groups of them: see num_beams
     "early_stopping", "length_penalty", "num_beam_groups", "diversity_penalty",
     "low_memory",
     // what is given back, cached or compiled
     "output_attentions", "output_hidden_states", "output_scores",
     "output_logits", "return_dict_in_generate", "return_legacy_cache",
     "use_cache", "cache_implementation", "cache_config", "compile_config",
     "disable_compile", "prefill_chunk_size", "max_batch_tokens", "num_blocks",
     // a smaller model that proposes tokens, which does not change which are
     // taken
     "is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule",
     "assistant_confidence_threshold", "assistant_early_exit",
     "assistant_lookbehind", "target_lookbehind", "prompt_lookup_num_tokens",
     "max_matching_ngram_size", "use_mtp",
     // of batches and of models with an encoder
     "bos_token_id", "pad_token_id", "decoder_start_token_id",
     "encoder_repetition_penalty", "encoder_no_repeat_ngram_size",
     "task_specific_params", "prefix",
     // names and versions
     "_from_model_config", "transformers_version", "generation_kwargs"});

// And the value that is off, beside null and an empty list.
constexpr auto kUnfollowed =
    std::to_array<std::pair<std::string_view, const char*>>(
        {{"bad_words_ids", "null"},
         {"begin_suppress_tokens", "null"},
         {"constraints", "null"},
         {"dola_layers", "null"},
         {"epsilon_cutoff", "0"},
         {"eta_cutoff", "0"},
         {"exponential_decay_length_penalty", "null"},
         {"force_words_ids", "null"},
         {"forced_bos_token_id", "null"},
         {"forced_eos_token_id", "null"},
         {"guidance_scale", "1"},
         {"max_time", "null"},
         {"min_length", "0"},
         {"min_new_tokens", "0"},
         {"min_p", "0"},
         {"no_repeat_ngram_size", "0"},
         {"num_beams", "1"},
         {"penalty_alpha", "0"},
         {"remove_invalid_values", "false"},
         {"renormalize_logits", "false"},
         {"repetition_penalty", "1"},
         {"sequence_bias", "null"},
         {"stop_strings", "null"},
         {"suppress_tokens", "null"},
         {"token_healing", "false"},
         {"top_h", "null"},
         {"typical_p", "1"},
         {"watermarking_config", "null"}});

}  // namespace

std::span<const std::string_view> harmless_generation_keys() {
  return kHarmless;
}

std::vector<std::string_view> unfollowed_generation_keys() {
  std::vector<std::string_view> keys;
  for (const auto& [key, off] : kUnfollowed) keys.push_back(key);
  return keys;
}

std::vector<std::string> unfollowed_notes(const json& config,
                                          const std::string& file) {
  std::vector<std::string> notes;
  for (const auto& [key, off] : kUnfollowed) {
    const auto found = config.find(std::string(key));
    if (found == config.end() || found->empty() || *found == json::parse(off))
      continue;
    notes.push_back(file + ": " + std::string(key) + " " + shown_json(*found) +
                    " is not followed");
  }
  return notes;
}

}  // namespace excise
