import type { A1View } from '../../generated/types';

import { NOTARY, type Recipe, describe, maskCpf } from './certificates';
import { failure } from './failure';
import { A1_HOLDER, a1Key, identity } from './keys';
import type { Handlers, Shared } from './shared';

type Own = Pick<Handlers, 'a1_list' | 'a1_add' | 'a1_remove' | 'a1_password_forget'>;

/** The password of every pretended A1 file. */
export const A1_PASSWORD = 'segredo';

/** Answers about A1 files. */
export function a1Handlers(office: Shared): Own {
  let files: A1View[] = [];
  if (office.production && !office.empty) {
    files = [view(A1_HOLDER, 'clara-nunes-2026.pfx', { identity: 'Clara Nunes (A1)' }), view({ ...NOTARY, id: 'cert-a1-gone', name: 'PAULO HENRIQUE DIAS', cpf: '12345678909', from: -400, until: 20 }, 'paulo dias.p12', { present: false, password_kept: true, identity: 'Paulo Dias (A1)' })];
    office.locks.put(a1Key().key_ref, { needs: 'password', name: 'clara-nunes-2026.pfx', secret: A1_PASSWORD });
  }

  return {
    a1_list: () => structuredClone(files),
    a1_add: async ({ document, password, keep, label }) => {
      const { name } = office.documents.get(document.id);
      const typed = await office.channels.unseal(password);
      await office.pause(700);
      if (typed !== A1_PASSWORD) throw failure('a1_password_wrong', { file: name }, { retry: 'after_action' });
      const recipe: Recipe = { ...A1_HOLDER, id: `cert-a1-${files.length + 1}` };
      const wanted = label ?? recipe.name;
      if (office.identities.some((each) => each.label === wanted)) throw failure('invalid_field', { field: 'label', reason: 'taken' }, { severity: 'warning', retry: 'after_action' });
      const added = view(recipe, name, { password_kept: keep, identity: wanted });
      files = [...files.filter(({ certificate_sha256 }) => certificate_sha256 !== added.certificate_sha256), added];
      office.locks.put(added.key_ref, { needs: 'password', name, secret: A1_PASSWORD, open: keep });
      const created = { ...identity(`identity-${office.identities.length + 1}`, wanted, recipe, a1Key()), key_ref: added.key_ref };
      office.identities = [...office.identities, created];
      office.remember(recipe);
      office.trail.record('a1_added', { certificate_sha256: added.certificate_sha256 });
      return created;
    },
    a1_remove: ({ certificate_sha256 }) => {
      const gone = files.find((file) => file.certificate_sha256 === certificate_sha256);
      files = files.filter((file) => file !== gone);
      if (gone !== undefined) {
        office.identities = office.identities.filter(({ key_ref }) => key_ref !== gone.key_ref);
        office.locks.drop(gone.key_ref);
      }
      return structuredClone(files);
    },
    a1_password_forget: ({ certificate_sha256 }) => {
      files = files.map((file) => (file.certificate_sha256 === certificate_sha256 ? { ...file, password_kept: false } : file));
      return structuredClone(files);
    },
  };
}

function view(recipe: Recipe, file: string, rest: Partial<A1View>): A1View {
  const { sha256, not_after } = describe(recipe);
  return {
    certificate_sha256: sha256,
    key_ref: `p12:${sha256}`,
    file,
    path: `/home/escrevente/Certificados/${file}`,
    holder: recipe.name,
    masked_cpf: maskCpf(recipe.cpf ?? ''),
    not_after,
    present: true,
    password_kept: false,
    identity: null,
    ...rest,
  };
}
