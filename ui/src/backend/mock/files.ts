import type { FileReceipt, FileVerifyReport } from '../../generated/types';

import { failure } from './failure';
import { hex, pem, uuid } from './random';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type Own = Pick<Handlers, 'files_sign' | 'file_verify'>;

/** Signs and checks files with bare keys. A file whose name says «alterado» is not what was signed. */
export function fileHandlers(office: Shared): Own {
  const receipts = new Map<string, FileReceipt>();

  return {
    files_sign: async ({ documents, key_ref, algorithm }) => {
      const key = office.keys.find((each) => each.key_ref === key_ref);
      if (key === undefined) throw failure('key_not_found', { key: key_ref });
      const locked = office.locks.problem(key_ref);
      if (locked !== null) throw failure(locked.code, locked.params as Record<string, string>, { retry: locked.retry });
      await office.pause(500 + 150 * documents.length);
      const items = documents.map((document) => {
        const { name, size, folder } = office.documents.get(document);
        const receipt: FileReceipt = {
          format: 'cartorio-file-signature/1',
          file: name,
          size,
          digest_algorithm: 'SHA-256',
          digest: hex(name),
          algorithm: algorithm ?? 'RSASSA_PSS_SHA_256',
          signature: btoa(hex(`signature ${name}`, 128)),
          key_id: key.key_id,
          public_key: pem('PUBLIC KEY', key.key_id, 294),
          public_key_sha256: hex(`spki ${key.key_id}`),
          request_id: key.origin === 'aws_kms' ? uuid(`file ${name}`) : null,
          attempts: key.origin === 'aws_kms' ? 2 : 1,
          signed_at: moment(),
          operator: office.operator,
          ...(office.production ? {} : { notice: 'DEMONSTRAÇÃO, sem valor jurídico' }),
        };
        key.signatures += 1;
        key.last_signed_at = receipt.signed_at;
        office.trail.record('file_signed', { document: name, document_sha256: receipt.digest, key_id: key.key_id, algorithm: receipt.algorithm });
        const signature = office.documents.hold({ name: `${name}.sig`, folder, size: 256, origin: 'result' });
        const receipt_file = office.documents.hold({ name: `${name}.sig.json`, folder, size: 1_804, origin: 'result' });
        receipts.set(receipt_file.name, receipt);
        return { document, name, signature, receipt_file, receipt, error: null };
      });
      return { items };
    },
    file_verify: async ({ document, signature, key_ref }): Promise<FileVerifyReport> => {
      const file = office.documents.get(document.id);
      const given = office.documents.get(signature.id);
      await office.pause(400);
      const key = office.keys.find((each) => each.key_ref === key_ref) ?? office.keys[0];
      const receipt = given.name.endsWith('.json') ? (receipts.get(given.name) ?? foreign(file.name, file.size)) : null;
      const changed = file.name.includes('alterad');
      return {
        valid: !changed,
        reason: changed ? (receipt === null ? 'signature_wrong' : 'digest_differs') : null,
        known_key: receipt === null || receipts.has(given.name),
        algorithm: receipt?.algorithm ?? 'RSASSA_PSS_SHA_256',
        public_key_sha256: receipt?.public_key_sha256 ?? hex(`spki ${key?.key_id ?? ''}`),
        receipt,
        audit_seq: office.trail.record('file_verified', { document: file.name }),
      };
    },
  };
}

function foreign(file: string, size: number): FileReceipt {
  return {
    format: 'cartorio-file-signature/1',
    file,
    size,
    digest_algorithm: 'SHA-256',
    digest: hex(file),
    algorithm: 'ECDSA_SHA_256',
    signature: btoa(hex('foreign', 96)),
    key_id: 'arn:aws:kms:sa-east-1:210987654321:key/1f0a',
    public_key: pem('PUBLIC KEY', 'foreign', 91),
    public_key_sha256: hex('spki foreign'),
    request_id: uuid('foreign'),
    attempts: 1,
    signed_at: moment(-3),
    operator: 'Outra serventia',
  };
}
