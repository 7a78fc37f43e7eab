"""Random weights, checkpoint and reference activations of one fixture; the *_models.py say which."""

import json
import pathlib
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import block_taps
import torch
from family_taps import Family
from reference_taps import record
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
LENGTHS = (1, 2, 5, 11)
# What a variant of an already covered architecture stores: enough to tell that the same weights were read.
BRIEF = ("hook_embed", "hook_resid_post", "ln_final.hook_normalized", "logits")
# An eps of 1e-2 changes values in the third digit: a reader that ignores the config's eps is caught.
LOUD_EPS = 1e-2
# Beyond every window, every original RoPE length and every relative distance of the fixtures.
LONG = 40
# Query and key weights: what makes attention uneven.
SHARP = ("q_proj", "k_proj", "query", "key", "q_lin", "k_lin", "qkv_proj",
         "SelfAttention.q", "SelfAttention.k")


@dataclass
class Fixture:
    """One folder: `model` untrained, read as `family` says."""

    model: torch.nn.Module
    family: Family
    # {config key: another value}: each must change the result, or the fixture proves nothing about the key.
    matters: dict = field(default_factory=dict)
    # Adds a sequence of LONG tokens; "pattern" also keeps its attention.
    long: bool | str = False
    # Changes config.json before anything is read from it.
    edit: Callable | None = None
    # The part that is saved, when it is not the whole.
    saved: Callable = lambda model: model
    sharpen: float = 1.6
    # Mean of the norms' gains: 0 where the architecture adds 1.
    gain: float = 1.0
    # A token put inside the longer sequences.
    inside: int | None = None
    brief: bool = False


def write_fixture(name, fixture):
    """The folder with everything; the seed is the name's."""
    seed = zlib.crc32(name.encode())
    model = randomize(fixture.model, seed, fixture.sharpen, fixture.gain)
    folder = HERE / name
    save(folder, fixture.saved(model))
    if fixture.edit:
        edit_config(folder / "config.json", fixture.edit)
    loaded = load(type(model), folder)
    assert same_weights(loaded, model), name
    lengths = LENGTHS + (LONG,) * bool(fixture.long)
    sequences = token_ids(model.config.vocab_size, lengths, seed, fixture.inside)
    tensors = {}
    for number, ids in enumerate(sequences):
        tensors[f"seq{number}.ids"] = torch.tensor(ids, dtype=torch.int32)
        for hook, value in block_taps.record(loaded, ids, fixture.family).items():
            if is_kept(hook, ids, sequences, fixture):
                tensors[f"seq{number}/{hook}"] = value
    assert_matters(loaded, fixture.matters, sequences[-1])
    save_reference(folder / "reference.safetensors", tensors)


def is_kept(hook, ids, sequences, fixture):
    """All of the middle and the last sequence, of a long one not what follows from the rest; else BRIEF."""
    if hook.endswith(BRIEF):
        return True
    if fixture.brief or len(ids) not in (5, len(sequences[-1])):
        return False
    if len(ids) < LONG or hook == "blocks.0.hook_resid_pre":
        return True
    spared = ("hook_resid_pre", "hook_v", "hook_z") + ("hook_pattern",) * (fixture.long != "pattern")
    return not hook.endswith(spared)


def token_ids(vocabulary, lengths, seed, inside):
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randint(3, vocabulary, (length,), generator=generator).tolist() for length in lengths]
    for row in rows:
        if inside is not None and len(row) > 3:
            row[2] = row[-2] = inside
    return rows


def same_weights(loaded, model):
    state = loaded.state_dict()
    return all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def assert_matters(model, changes, ids):
    """The last value of the pass moves when one key of the config takes another value."""
    for key, value in changes.items():
        config = type(model.config)(**model.config.to_dict() | {key: value})
        other = type(model)._from_config(config, attn_implementation="eager").eval()
        other.load_state_dict(model.state_dict(), strict=False)
        with torch.no_grad():
            a, b = (final(each, ids) for each in (model, other))
        assert (a - b).abs().max() > 1e-3, f"{key} makes no difference"


def final(model, ids):
    runner = model.encoder if model.config.model_type == "t5" else model
    return runner(input_ids=torch.tensor([ids]))[0]


def randomize(model, seed, sharpen=1.6, gain=1.0):
    """Weights that keep activations near 1, attention uneven, and every gain and bias away from 1 and 0."""
    generator = torch.Generator().manual_seed(seed)
    conv1d = {id(m.weight) for m in model.modules() if type(m).__name__ == "Conv1D"}
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if id(parameter) in embeddings:
                parameter.copy_(noise * 0.8)
            elif parameter.dim() == 2:
                fan_in = parameter.shape[0 if id(parameter) in conv1d else 1]
                size = sharpen if any(part in name for part in SHARP) else 1.1
                parameter.copy_(noise * size / fan_in**0.5)
            else:
                parameter.copy_(gain + 0.3 * noise if name.endswith("weight") else 0.4 * noise)
    return model.eval().float()


def save(folder, model, shard="5GB"):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink(missing_ok=True)


def load(kind, folder):
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def write(name, model, saved=None, dtype=None, shard="5GB", points=None, edit=None):
    """One folder: the checkpoint as the library saves it, and the activations of what loads from it."""
    folder, saved = HERE / name, saved or model
    if dtype:
        saved = type(model)(model.config)
        saved.load_state_dict(model.state_dict())
        saved = saved.to(dtype)
    save(folder, saved, shard)
    if edit:
        edit_config(folder / "config.json", edit)
    save_reference(folder / "reference.safetensors", references(load(type(model), folder), points))


def edit_config(path, edit):
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def old_config(config):
    """The rotary parameters as versions before 5 write them: `rope_theta`, and `rope_scaling` or null."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope if rope.pop("rope_type") != "default" else None
    config["torch_dtype"] = config.pop("dtype")


def references(model, points=None):
    """{`seqN.ids`: ids, `seqN/<hook>`: activation} for sequences of every length."""
    generator = torch.Generator().manual_seed(100)
    tensors = {}
    for number, length in enumerate(LENGTHS):
        ids = torch.randint(3, model.config.vocab_size, (length,), generator=generator)
        tensors[f"seq{number}.ids"] = ids.int()
        for name, value in record(model, ids.tolist()).items():
            if points is None or name.endswith(points):
                tensors[f"seq{number}/{name}"] = value
    return tensors


def save_reference(path, tensors):
    assert all(torch.isfinite(value).all() for value in tensors.values()), path
    save_file(tensors, path)
