"""Makes content/embeddings/semantic/local-semantic-1.bin of what pieces.c wrote: `python make-table.py [dimensions]`.

The mean and the three commonest directions, which all pieces share, are taken out; the next ones are kept and given equal
spread (PCA, whitened); each piece is weighed by how rare it is (Arora and others, 2017: a / (a + p)). So a text's vector is the
plain sum of its pieces' rows. Chosen by `npm run relevance -- --half tuning`.
"""

import json
import sys

import numpy as np

RARITY = 5e-4
DROPPED = 3
dimensions = int(sys.argv[1]) if len(sys.argv) > 1 else 192
out = sys.argv[2] if len(sys.argv) > 2 else "../../content/embeddings/semantic/local-semantic-1.bin"

outputs = np.fromfile("outputs.f32", dtype="<f4").reshape(-1, 384)
ids = np.fromfile("ids.i32", dtype="<i4")
raw = open("vocabulary.bin", "rb").read()
count = int(np.frombuffer(raw, "<i4", 1)[0])
offsets = np.frombuffer(raw, "<u4", count + 1, 4)
scores = np.frombuffer(raw, "<f4", count, 4 + 4 * (count + 1))
blob = raw[4 + 4 * (count + 1) + 4 * count :]
pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf8", "replace") for i in ids]

# Marks (<s>, <unk>) and what holds a line's end are no pieces of a text.
keep = [i for i, piece in enumerate(pieces) if scores[ids[i]] < 0 and "\n" not in piece and piece]
outputs, pieces, logs = outputs[keep], [pieces[i] for i in keep], scores[ids[keep]]
outputs = outputs / np.linalg.norm(outputs, axis=1, keepdims=True)

probability = np.exp(logs)
weights = RARITY / (RARITY + probability)
centred = outputs - outputs.mean(axis=0)
spread, directions = np.linalg.eigh(centred.T @ centred / len(centred))
chosen = slice(DROPPED, DROPPED + dimensions)
table = centred @ (directions[:, ::-1][:, chosen] / np.sqrt(spread[::-1][chosen]))
table *= weights[:, None]

scales = np.abs(table).max(axis=1) / 127
scales[scales == 0] = 1
quantised = np.round(table / scales[:, None]).astype("i1")
text = "\n".join(pieces).encode()
header = {
    "model": "multilingual-e5-small, MIT, https://huggingface.co/intfloat/multilingual-e5-small",
    "pieces": len(pieces),
    "dimensions": dimensions,
    "pieceBytes": len(text),
}
with open(out, "wb") as file:
    file.write(json.dumps(header).encode() + b"\n" + text)
    file.write(logs.astype("<f4").tobytes() + scales.astype("<f4").tobytes() + quantised.tobytes())
