"""The PyTorch half of make_models.py: tiny llamas as torch.save writes them, and small files of every kind of tensor."""

import json
import shutil

import torch
from transformers import LlamaForCausalLM


def write_pickle_models(root, model, references, save_reference, brief):
    """`llama-bin`, `llama-bin-sharded` (protocol 4, one shard of parameters), and `../pickles`."""
    state = model.state_dict()
    assert state["lm_head.weight"].data_ptr() == state["model.embed_tokens.weight"].data_ptr()
    # The buffer that files of older versions hold.
    state["model.layers.0.self_attn.rotary_emb.inv_freq"] = 1e4 ** -(torch.arange(0, 4, 2) / 4)
    views = dict(state)
    layer = "model.layers.0."
    # Views that are not row-major, and one that starts in the middle of its storage.
    for name in ("self_attn.q_proj.weight", "mlp.up_proj.weight"):
        views[layer + name] = state[layer + name].t().contiguous().t()
    gate = state[layer + "mlp.gate_proj.weight"]
    wide = torch.cat([torch.zeros_like(gate), gate, torch.zeros_like(gate)], dim=1)
    views[layer + "mlp.gate_proj.weight"] = wide[:, gate.shape[1]:2 * gate.shape[1]]
    down = torch.cat([torch.ones(3), state[layer + "mlp.down_proj.weight"].flatten()])
    views[layer + "mlp.down_proj.weight"] = down[3:].reshape(state[layer + "mlp.down_proj.weight"].shape)

    folder = fresh(root / "llama-bin", model)
    state_dict = type(model.state_dict())(views)
    torch.save(state_dict, folder / "pytorch_model.bin")
    finish(folder, model, references, save_reference, brief, [folder / "pytorch_model.bin"])

    folder = fresh(root / "llama-bin-sharded", model)
    names = sorted(state)
    shards = {"pytorch_model-00001-of-00002.bin": names[: len(names) // 2],
              "pytorch_model-00002-of-00002.bin": names[len(names) // 2:]}
    for number, (shard, part) in enumerate(shards.items()):
        values = {name: torch.nn.Parameter(state[name]) if number else state[name].clone() for name in part}
        torch.save(values, folder / shard, pickle_protocol=4)
    index = {"metadata": {"total_size": sum(value.nbytes for value in state.values())},
             "weight_map": {name: shard for shard, part in shards.items() for name in part}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    finish(folder, model, references, save_reference, brief, [folder / shard for shard in shards])
    write_pickles(root.parent / "pickles")


def fresh(folder, model):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    model.config.save_pretrained(folder)
    return folder


def finish(folder, model, references, save_reference, brief, files):
    """The activations of what torch itself loads from the files."""
    state = {}
    for file in files:
        # The restricted reader of torch knows protocol 2 only.
        state |= torch.load(file, weights_only=False)
    loaded = LlamaForCausalLM._from_config(model.config, attn_implementation="eager")
    loaded.load_state_dict(state, strict=False)
    save_reference(folder / "reference.safetensors", references(loaded.eval(), brief))


def write_pickles(folder):
    """Small files, and the shapes and values that torch reads from them."""
    folder.mkdir(exist_ok=True)
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 4 - 2
    tied = torch.tensor([0.5, -1.5])
    tensors = {
        "float32": base, "transposed": base.transpose(0, 2), "permuted": base.permute(1, 0, 2),
        "slice": base[1, :, 1:3], "steps": base[:, ::2, ::3], "expanded": base[0, 0].expand(3, 2, 4),
        "expanded.inside": base[0, :, 0:1].expand(3, 2), "scalar": torch.tensor(7.25), "empty": torch.zeros(0, 3),
        "tail": base.flatten()[20:], "tied.a": tied, "tied.b": tied, "parameter": torch.nn.Parameter(tied.clone()),
        "float16": base.half(), "float16.transposed": base[0].half().t(), "bfloat16": base.bfloat16(),
        "bfloat16.steps": base[0].bfloat16()[:, ::2], "int64": torch.tensor([-7, 1 << 40]),
        "int32": torch.tensor([-(1 << 31), 3], dtype=torch.int32), "int16": torch.tensor([-300], dtype=torch.int16),
        "int8": torch.tensor([-128, 127], dtype=torch.int8), "uint8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([[True], [False]]),
    }
    for protocol in (2, 3, 4, 5):
        torch.save(tensors, folder / f"tensors-{protocol}.pt", pickle_protocol=protocol)
    golden = {name: {"shape": list(value.shape), "values": value.detach().float().flatten().tolist()}
              for name, value in tensors.items()}
    about = "what torch reads from tensors-*.pt"
    (folder / "tensors.json").write_text(json.dumps({"about": about, "tensors": golden}, indent=1) + "\n")

    model = torch.nn.Linear(2, 2, dtype=torch.float32)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    training = {"epoch": 3, "loss": 0.5, "note": None, "seed": 1 << 70, "args": {"lr": (1e-3, True)},
                "device": torch.device("cpu"), "dtype": torch.float16, "size": torch.Size([2, 2]),
                "optimizer": optimizer.state_dict()}
    torch.save(training | {"state_dict": model.state_dict()}, folder / "state-dict.pt")
    torch.save({"model": model.state_dict()}, folder / "model.pt")
    torch.save(training, folder / "training.pt")
    torch.save(model, folder / "module.pt")
    torch.save([tied], folder / "list.pt")
    torch.save({"a": tied}, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"a": tied.double()}, folder / "float64.pt")
    torch.save({"a": tied.to(torch.float8_e4m3fn)}, folder / "float8.pt")
    torch.save({"a": torch.complex(tied, tied).conj()}, folder / "conjugate.pt")
    torch.save({"a": tied.to_sparse()}, folder / "sparse.pt")
