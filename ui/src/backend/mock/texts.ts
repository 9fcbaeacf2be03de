import type { SamplePage } from './pdf';

/** Name of the pretended office. */
export const OFFICE = 'Cartório de Demonstração do 1º Ofício de Notas';

/** The first sample: a public power of attorney. */
export const POWER_OF_ATTORNEY: SamplePage[] = [
  {
    title: 'PROCURAÇÃO PÚBLICA',
    paragraphs: [
      'SAIBAM quantos este público instrumento de procuração virem que, aos vinte e um dias do mês de novembro, nesta cidade de São Paulo, Estado de São Paulo, em cartório, perante mim, escrevente autorizada, compareceu como OUTORGANTE: ANA BEATRIZ NOGUEIRA, brasileira, solteira, arquiteta, residente e domiciliada nesta Capital.',
      'A presente identificada por mim, à vista dos documentos apresentados em seus originais, de cuja capacidade jurídica dou fé.',
      'E por ela me foi dito que, por este público instrumento e nos melhores termos de direito, nomeia e constitui seu bastante procurador CARLOS EDUARDO NOGUEIRA, brasileiro, casado, engenheiro civil, a quem confere poderes para representá-la na venda do imóvel adiante descrito.',
      'Documento de demonstração, sem valor jurídico.',
    ],
  },
  {
    title: 'Do imóvel',
    paragraphs: [
      'Apartamento nº 72, localizado no 7º andar do Edifício Jacarandá, situado na Rua das Palmeiras, nº 318, nesta Capital, com área privativa de 84,20 m², e uma vaga de garagem, objeto da matrícula nº 45.678 do 3º Oficial de Registro de Imóveis.',
      'Podendo, para tanto, ajustar preço e condições, receber sinal e o saldo, dar quitação, assinar escrituras, declarar que o imóvel se encontra livre e desembaraçado de quaisquer ônus, e praticar todos os demais atos necessários ao fiel cumprimento deste mandato.',
    ],
  },
  {
    title: 'Encerramento',
    paragraphs: [
      'Assim o disse, do que dou fé, me pediu e lhe lavrei este instrumento, que, feito e lhe sendo lido em voz alta, achou em tudo conforme, aceitou, outorgou e assina.',
      'Eu, escrevente, a lavrei. Eu, tabelião, a subscrevo.',
    ],
  },
];

/** The second sample: a deed, longer and with a plan on its side. */
export const DEED: SamplePage[] = [
  {
    title: 'ESCRITURA DE VENDA E COMPRA',
    paragraphs: [
      'Pela presente escritura pública, as partes adiante nomeadas e qualificadas, reconhecidas como as próprias por mim, tabelião, têm entre si, justo e contratado, a venda e compra do imóvel objeto da matrícula nº 45.678.',
      'VENDEDORA: ANA BEATRIZ NOGUEIRA. COMPRADORES: MARCOS VINÍCIUS PRADO e sua mulher HELENA DE SOUZA PRADO, casados sob o regime da comunhão parcial de bens.',
    ],
  },
  ...['Do objeto', 'Do preço e da forma de pagamento', 'Da posse e da transmissão', 'Das certidões apresentadas', 'Das declarações das partes', 'Da emissão da DOI'].map(
    (title, index) => ({
      title: `Cláusula ${index + 1}ª – ${title}`,
      paragraphs: [
        'A vendedora declara, sob responsabilidade civil e criminal, que o imóvel se acha livre e desembaraçado de quaisquer ônus, dívidas, tributos em atraso e ações reais ou pessoais reipersecutórias.',
        'Os compradores declaram conhecer o estado do imóvel e aceitam a presente escritura em todos os seus expressos termos, autorizando os registros e averbações que se fizerem necessários.',
        'As partes foram cientificadas da possibilidade de obtenção prévia da Certidão Negativa de Débitos Trabalhistas, nos termos da recomendação da Corregedoria Nacional de Justiça.',
      ],
    }),
  ),
  { title: 'Anexo I – Planta do pavimento', landscape: true, paragraphs: ['Planta esquemática do 7º andar, sem escala, fornecida pela vendedora e conferida com o original arquivado.'] },
  { title: 'Encerramento', paragraphs: ['E de como assim o disseram, lavrei a presente escritura, que lida e achada conforme, assinam. Dou fé.', 'Documento de demonstração, sem valor jurídico.'] },
];

/** Anything else that is opened. */
export function plainPages(name: string, count: number): SamplePage[] {
  return Array.from({ length: count }, (_, index) => ({
    title: index === 0 ? name.replace(/\.[a-z0-9]+$/i, '') : `Folha ${index + 1}`,
    paragraphs: [
      'Certifico e dou fé que a presente é cópia fiel do documento arquivado nestas notas, que me foi apresentado e com o qual a conferi.',
      'O referido é verdade. Documento de demonstração, sem valor jurídico.',
    ],
  }));
}
