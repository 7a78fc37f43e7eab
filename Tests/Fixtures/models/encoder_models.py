"""Tiny encoders: positions counted from the pad id, masked-language-model heads, relative positions."""

import family_taps as taps
from fixture_writer import LOUD_EPS, Fixture
from transformers import (DistilBertConfig, DistilBertForMaskedLM, DistilBertModel, RobertaConfig,
                          RobertaForMaskedLM, RobertaModel, T5Config, T5EncoderModel,
                          T5ForConditionalGeneration)

ROBERTA = dict(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
               num_attention_heads=2, max_position_embeddings=48, type_vocab_size=1, pad_token_id=1,
               layer_norm_eps=LOUD_EPS)
DISTILBERT = dict(vocab_size=64, dim=16, hidden_dim=24, n_layers=2, n_heads=2, max_position_embeddings=48)
# Heads of 6: together wider than dModel.
T5 = dict(vocab_size=64, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_heads=4, layer_norm_epsilon=LOUD_EPS,
          decoder_start_token_id=0)
QUIET = 1e-5


def roberta():
    return Fixture(RobertaForMaskedLM(RobertaConfig(**ROBERTA)), taps.ROBERTA, inside=1,
                   matters=dict(pad_token_id=2, layer_norm_eps=QUIET))


def roberta_bare():
    """As CodeBERT is published: no prefix, a pooler, no head."""
    config = RobertaConfig(**ROBERTA | dict(type_vocab_size=2, hidden_act="gelu_new"))
    return Fixture(RobertaModel(config), taps.BERT, matters=dict(hidden_act="relu"))


def distilbert():
    return Fixture(DistilBertForMaskedLM(DistilBertConfig(**DISTILBERT)), taps.DISTILBERT)


def distilbert_bare():
    config = DistilBertConfig(**DISTILBERT, activation="relu")
    return Fixture(DistilBertModel(config), taps.DISTILBERT, matters=dict(activation="gelu"), brief=True)


def t5_encoder():
    config = T5Config(**T5, relative_attention_num_buckets=8, relative_attention_max_distance=16)
    return Fixture(T5EncoderModel(config), taps.T5, long="pattern", sharpen=1.0,
                   matters=dict(relative_attention_max_distance=20, layer_norm_epsilon=QUIET))


def t5_gated():
    """Encoder and decoder in one file; distances 16 and 32 sit on the edges of the default buckets."""
    config = T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False, num_decoder_layers=1)
    return Fixture(T5ForConditionalGeneration(config), taps.T5_GATED, long=True, sharpen=1.0,
                   matters=dict(dense_act_fn="relu"))


ENCODERS = {
    "roberta": roberta, "roberta-bare": roberta_bare, "distilbert": distilbert,
    "distilbert-bare": distilbert_bare, "t5-encoder": t5_encoder, "t5-gated": t5_gated,
}
