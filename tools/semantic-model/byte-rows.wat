;; Multiplies a row of bytes with several rows of 16-bit integers, 16 at a time, which JavaScript cannot.
;; content/embeddings/semantic/byte-rows.ts calls it. After a change:
;;   npx --package wabt@1.0.39 wat2wasm tools/semantic-model/byte-rows.wat -o content/embeddings/semantic/byte-rows.wasm
(module
  (memory (import "rows" "memory") 1)
  ;; Writes `count` products as 32-bit integers. All places and `length` are bytes; `length` is a multiple of 16.
  (func (export "multiply")
    (param $row i32) (param $directions i32) (param $count i32) (param $length i32) (param $products i32)
    (local $end i32) (local $at i32) (local $bytes v128) (local $sum v128)
    (local.set $end (i32.add (local.get $row) (local.get $length)))
    (loop $next
      (local.set $at (local.get $row))
      (local.set $sum (v128.const i32x4 0 0 0 0))
      (loop $more
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $sum (i32x4.add (local.get $sum) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $bytes)) (v128.load (local.get $directions)))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=16 (local.get $directions))))))
        (local.set $directions (i32.add (local.get $directions) (i32.const 32)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $more (i32.lt_u (local.get $at) (local.get $end))))
      (i32.store (local.get $products)
        (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
          (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
      (local.set $products (i32.add (local.get $products) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $count) (i32.const 0))))))
