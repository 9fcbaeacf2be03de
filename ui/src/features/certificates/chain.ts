import type { CertificateBundle, CertificateNode } from '$ui/generated/types';
import { type TreeNode, treeOf } from '$ui/lib/tree';

/** The certificates of a bundle as trees; identifiers are the indexes in its list. */
export function chainTrees(bundle: CertificateBundle): TreeNode<CertificateNode>[] {
  return treeOf(
    bundle.certificates,
    (_, index) => String(index),
    (node) => node.parent,
  );
}

/** The certificate that people mean when they open a bundle: the deepest end of the first chain, or of the chain that has the one asked for. */
export function firstChoice(bundle: CertificateBundle, sha256?: string): string | null {
  const wanted = bundle.certificates.findIndex(({ certificate }) => certificate.sha256 === sha256);
  if (wanted >= 0) return String(wanted);
  const parents = new Set(bundle.certificates.map(({ parent }) => parent));
  const leaf = bundle.certificates.findIndex(({ certificate }, index) => !parents.has(index) && !certificate.is_ca);
  if (leaf >= 0) return String(leaf);
  return bundle.certificates.length > 0 ? String(bundle.certificates.length - 1) : null;
}

/** The way from the top down to a certificate, itself last. A circle ends where it began. */
export function pathTo(bundle: CertificateBundle, index: number): CertificateNode[] {
  const path: CertificateNode[] = [];
  const seen = new Set<number>();
  for (let at: number | null = index; at !== null && !seen.has(at); ) {
    seen.add(at);
    const node: CertificateNode | undefined = bundle.certificates[at];
    if (node === undefined) break;
    path.unshift(node);
    at = node.parent;
  }
  return path;
}
