import { afterEach, describe, expect, it } from 'vitest';
import ptBR from '../../../messages/pt-BR.json';
import type { AccessStatementView } from '../../generated/types';
import { useLocale } from '../../i18n';
import { actionsWords, conditionWords, grantSentence, isOpen, principalWord, statementSentence } from './access';

const statement = (rest: Partial<AccessStatementView>): AccessStatementView => ({
  sid: null,
  allows: true,
  principals: ['arn:aws:iam::123456789012:root'],
  principals_excluded: false,
  actions: ['kms:*'],
  actions_excluded: false,
  conditions: [],
  ...rest,
});

afterEach(() => useLocale('pt-BR'));

describe('a policy in sentences', () => {
  it.each<[string, Partial<AccessStatementView>, string, string]>([
    [
      'the account',
      {},
      'Permite à conta 123456789012 (todos a quem os administradores dela derem acesso): todas as ações.',
      'Allows account 123456789012 (everybody to whom its administrators give access): all actions.',
    ],
    [
      'a role that signs',
      { principals: ['arn:aws:iam::123456789012:role/notas/escrevente'], actions: ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'] },
      'Permite à função escrevente da conta 123456789012: assinar, ler a parte pública e ver os dados da chave.',
      'Allows role escrevente of account 123456789012: sign, read the public key, and see the key\'s details.',
    ],
    [
      'two users',
      { principals: ['arn:aws:iam::123456789012:user/helena', 'arn:aws:iam::210987654321:user/mario'], actions: ['kms:Verify'] },
      'Permite ao usuário helena da conta 123456789012 e ao usuário mario da conta 210987654321: conferir assinaturas.',
      'Allows user helena of account 123456789012 and user mario of account 210987654321: verify signatures.',
    ],
    [
      'a denial with a condition',
      { allows: false, principals: ['*'], actions: ['kms:ScheduleKeyDeletion'], conditions: [{ operator: 'BoolIfExists', key: 'aws:MultiFactorAuthPresent', values: ['false'] }] },
      'Proíbe a qualquer um: agendar a exclusão, se não valer a entrada com segundo fator (MFA) (quando informado).',
      'Denies anybody: schedule the deletion, if this does not hold: a login with a second factor (MFA) (where given).',
    ],
    [
      'everybody but one, everything but one',
      { allows: false, principals: ['arn:aws:iam::123456789012:role/seguranca'], principals_excluded: true, actions: ['kms:DescribeKey'], actions_excluded: true },
      'Proíbe a todos, menos à função seguranca da conta 123456789012: todas as ações, menos ver os dados da chave.',
      'Denies everybody except role seguranca of account 123456789012: all actions except see the key\'s details.',
    ],
    [
      'a service from a region',
      { principals: ['s3.amazonaws.com'], actions: ['kms:GenerateDataKey*', 'kms:Decrypt'], conditions: [{ operator: 'StringEquals', key: 'kms:ViaService', values: ['s3.sa-east-1.amazonaws.com'] }, { operator: 'StringLike', key: 'kms:EncryptionContext:aws:s3:arn', values: ['arn:aws:s3:::cofre/*'] }] },
      'Permite ao serviço s3 da AWS: decifrar e o que começa como GenerateDataKey*, só se o serviço intermediário for s3.sa-east-1.amazonaws.com e o contexto de cifra aws:s3:arn for como arn:aws:s3:::cofre/*.',
      'Allows the AWS service s3: decrypt and what begins like GenerateDataKey*, only if the service in between is s3.sa-east-1.amazonaws.com and the encryption context aws:s3:arn is like arn:aws:s3:::cofre/*.',
    ],
  ])('says %s', (_, rest, portuguese, english) => {
    expect(statementSentence(statement(rest))).toBe(portuguese);
    useLocale('en');
    expect(statementSentence(statement(rest))).toBe(english);
  });

  it('says who in every form that AWS writes', () => {
    expect(principalWord('123456789012')).toBe(principalWord('arn:aws:iam::123456789012:root'));
    expect(principalWord('arn:aws-us-gov:iam::123456789012:role/x')).toBe('à função x da conta 123456789012');
    expect(principalWord('arn:aws:sts::123456789012:assumed-role/escrevente/helena.prado')).toBe('à sessão helena.prado da função escrevente na conta 123456789012');
    expect(principalWord('arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/sa-east-1/AWSReservedSSO_Tabeliao_0123456789abcdef')).toBe('a quem entra com Tabeliao pelo login único na conta 123456789012');
    expect(principalWord('AROAEXAMPLE1234567890')).toContain('não existe mais');
    expect(principalWord('arn:aws:iam::123456789012:group/x')).toBe('a arn:aws:iam::123456789012:group/x');
  });

  it('leaves out nothing that it has no words for', () => {
    expect(actionsWords(['kms:BrandNewThing', 'kms:Sign'], false)).toBe('kms:BrandNewThing e assinar');
    expect(conditionWords({ operator: 'BrandNewOperator', key: 'aws:Brand-New', values: ['x', 'y'] })).toBe('aws:Brand-New BrandNewOperator x ou y');
    expect(conditionWords({ operator: 'ForAllValues:StringEquals', key: 'aws:PrincipalTag/Setor', values: ['Notas'] })).toBe('a etiqueta Setor de quem pede for Notas (em todos os valores)');
  });

  it('tells a network from its opposite, and Null from not Null', () => {
    const ip = { key: 'aws:SourceIp', values: ['203.0.113.0/24'] };
    expect(conditionWords({ operator: 'IpAddress', ...ip })).toBe('o endereço de rede estiver em 203.0.113.0/24');
    expect(conditionWords({ operator: 'NotIpAddress', ...ip })).toBe('o endereço de rede não estiver em 203.0.113.0/24');
    expect(conditionWords({ operator: 'Null', key: 'kms:MessageType', values: ['true'] })).toBe('o que é assinado não for informado');
    expect(conditionWords({ operator: 'Null', key: 'kms:MessageType', values: ['false'] })).toBe('o que é assinado for informado');
  });

  it('does not take a wildcard for one action, nor nothing for everything', () => {
    expect(actionsWords(['kms:*'], false)).toBe('todas as ações');
    expect(actionsWords(['kms:*'], true)).toBe('nenhuma ação');
    expect(actionsWords(['kms:Sign*'], false)).not.toBe(actionsWords(['kms:Sign'], false));
  });

  it('marks what is open to anybody, and only that', () => {
    expect(isOpen(statement({ principals: ['*'] }))).toBe(true);
    expect(isOpen(statement({ principals_excluded: true }))).toBe(true);
    expect(isOpen(statement({ principals: ['*'], allows: false }))).toBe(false);
    expect(isOpen(statement({ principals: ['*'], conditions: [{ operator: 'StringEquals', key: 'kms:CallerAccount', values: ['1'] }] }))).toBe(false);
    expect(isOpen(statement({}))).toBe(false);
  });

  it('says grants', () => {
    expect(grantSentence({ id: 'g', name: null, grantee: 'arn:aws:iam::123456789012:role/backup', operations: ['Decrypt', 'DescribeKey'], created_at: null })).toBe('Concede à função backup da conta 123456789012: decifrar e ver os dados da chave.');
  });

  it('has words for the actions of signing and sealing', () => {
    const texts: Record<string, string> = ptBR;
    for (const action of ['Sign', 'Verify', 'GetPublicKey', 'DescribeKey', 'Encrypt', 'Decrypt', 'GenerateDataKey', 'CreateGrant', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'RotateKeyOnDemand']) {
      expect(texts[`keys_act_${action.toLowerCase()}`], action).toBeTruthy();
    }
  });
});
