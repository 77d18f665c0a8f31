import { notOnSale } from '../accept/reserve.ts';
import { Product } from '../db/entities/catalogue.ts';
import type { FieldProblem } from '../domain/errors.ts';
import type { Services } from './services.ts';

/** The products among these that are not on sale; values that cannot be a product's id are passed over. */
export async function unknownProducts(
  { fork }: Services,
  asked: { productId: unknown; path: string[] }[],
): Promise<FieldProblem[]> {
  const possible = asked.flatMap(({ productId, path }) =>
    typeof productId === 'number' && Number.isInteger(productId) && Math.abs(productId) < 2 ** 31
      ? [{ productId, path }]
      : [],
  );
  const productIds = possible.map(({ productId }) => productId);
  const known = await fork().find(Product, { productId: { $in: productIds }, active: true });
  return possible
    .filter(({ productId }) => !known.some((product) => product.productId === productId))
    .map(({ productId, path }) => notOnSale(productId, path));
}
