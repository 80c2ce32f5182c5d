#include "model/architecture/harmless_keys.h"

#include <array>

namespace excise {
namespace {

constexpr auto kHarmless = std::to_array<std::string_view>(
    {// dropout, initialisation and loss: of training
     "attention_dropout", "hidden_dropout", "classifier_dropout", "dropout",
     "attn_pdrop", "embd_pdrop", "resid_pdrop", "initializer_range",
     "gradient_checkpointing", "problem_type", "num_labels", "id2label",
     "label2id", "tf_legacy_loss", "pretraining_tp",
     // ids by role: the tokenizer's files count
     "sep_token_id", "unk_token_id", "mask_token_id", "cls_token_id",
     // what is given back, cached or compiled, and with which kernel
     "output_past", "return_dict", "torchscript", "use_bfloat16",
     "chunk_size_feed_forward", "attn_implementation", "_attn_implementation",
     "_attn_implementation_autoset", "_flash_attn_2_enabled",
     // a decoder is causal whatever this says, and has no encoder to tie to
     "is_decoder", "tie_encoder_decoder", "cross_attention_hidden_size",
     // the weights' own dtype counts
     "dtype", "torch_dtype",
     // names and versions
     "_name_or_path", "architectures", "transformers_version",
     "tokenizer_class", "_commit_hash", "model_name", "finetuning_task"});

}  // namespace

std::span<const std::string_view> harmless_config_keys() { return kHarmless; }

}  // namespace excise
