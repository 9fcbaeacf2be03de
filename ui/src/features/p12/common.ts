/** Words that passwords are made of here: the usual passwords, names, places, clubs and the words of the trade. Without accents. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    'senha senhas password passwd admin administrador usuario user teste test mudar mudar123 trocar acesso login entrar sistema secreta segredo secret qwerty qwertyuiop asdfgh asdfghjkl zxcvbnm abc123 welcome ' +
    'bemvindo iloveyou teamo amor amoreterno minhavida princesa principe flor estrela anjo jesus deus cristo jesuscristo deusefiel fe maria jose joao ana antonio francisco carlos paulo pedro lucas luiz luis marcos ' +
    'gabriel rafael daniel marcelo bruno eduardo felipe rodrigo manoel mateus matheus andre fernando fabio leonardo gustavo guilherme leandro tiago thiago anderson ricardo marcio jorge alexandre roberto edson ' +
    'diego vitor victor sergio claudio geraldo adriano julio cesar renato vinicius helena julia fernanda patricia aline sandra camila amanda bruna jessica leticia luciana vanessa mariana gabriela vera vitoria ' +
    'larissa claudia beatriz rita luana sonia renata eliane josefa simone natalia cristiane carla debora rosangela jaqueline rosa daniela marlene bianca ludmila silva santos oliveira souza sousa rodrigues ferreira ' +
    'alves pereira lima gomes ribeiro carvalho almeida lopes soares fernandes vieira barbosa rocha dias nascimento andrade moreira nunes marques machado mendes freitas cardoso ramos goncalves santana teixeira prado ' +
    'brasil brazil saopaulo riodejaneiro minas bahia curitiba recife fortaleza salvador brasilia manaus belem goiania campinas flamengo corinthians palmeiras santosfc vasco gremio internacional cruzeiro atletico ' +
    'botafogo fluminense cartorio cartorios tabeliao tabelionato notas oficio escrevente registro certificado certidao assinatura assinar digital chave documento protocolo procuracao escritura justica forum ' +
    'tribunal juiz advogado direito empresa escritorio trabalho computador internet windows linux google facebook instagram microsoft amazon cafe familia mamae papai filho filha filhos casa carro gato cachorro ' +
    'janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro segunda terca quarta quinta sexta sabado domingo verao inverno primavera outono natal feliz sucesso dinheiro vida ' +
    'letmein monkey dragon master sunshine shadow football baseball superman batman pokemon naruto starwars matrix hello freedom whatever trustno1 changeme default guest root toor passw0rd p4ssw0rd'
  ).split(' '),
);
