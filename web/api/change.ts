import { useMutation, useQueryClient } from '@tanstack/react-query';

/** A change, after which the named queries are loaded again. */
export function useChange<In, Out>(change: (input: In) => Promise<Out>, ...touched: readonly string[]) {
  const client = useQueryClient();
  return useMutation<Out, Error, In>({
    mutationFn: change,
    onSettled: () => Promise.all(touched.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}
